# In the style of TVM 0.8: T.load and T.store on pointers, with T.let, keyword dtypes.
import tvm
from tvm.script import tir as T


@tvm.script.ir_module
class Smooth:
    @T.prim_func
    def smooth(signal: T.handle, taps: T.handle, output: T.handle) -> None:
        # function attr dict
        T.func_attr({"global_symbol": "smooth", "tir.noalias": True, "target": T.target("c")})
        signal_1 = T.match_buffer(signal, [2, 32], dtype="int8", elem_offset=0, align=128, offset_factor=1)
        taps_1 = T.match_buffer(taps, [3], dtype="int16", elem_offset=0, align=128, offset_factor=1)
        output_1 = T.match_buffer(output, [64], dtype="int8", elem_offset=0, align=128, offset_factor=1)
        # body
        cse_var_1 = T.var("int32")
        with T.allocate([66], "int8", "global") as padded:
            for i in T.serial(0, 66):
                T.store(padded, i, T.if_then_else(((1 <= i) and (i < 65)), T.load("int8", signal_1.data, (i - 1)), T.int8(0), dtype="int8"), True)
            for i_1 in T.serial(0, 64):
                with T.let(cse_var_1, (i_1*1)):
                    with T.allocate([1], "int32", "global") as sum:
                        T.store(sum, 0, 0, True)
                        for k in T.serial(0, 3):
                            T.store(sum, 0, (T.load("int32", sum, 0) + (T.cast(T.load("int8", padded, (cse_var_1 + k)), "int32")*T.cast(T.load("int16", taps_1.data, k), "int32"))), True)
                        T.store(output_1.data, i_1, T.cast(T.max(T.min(T.q_multiply_shift(T.load("int32", sum, 0), 1073741824, 31, -1, dtype="int32"), 127), -128), "int8"), True)

    @T.prim_func
    def run_model(input: T.handle, output: T.handle) -> None:
        T.func_attr({"global_symbol": "tvmgen_default_run_model", "runner_function": True, "target": T.target({"kind": "c", "keys": ["cpu"]})})
        T.attr("default", "device_id", 0)
        T.attr("default", "device_type", 1)
        with T.allocate([64], "int8", "global.workspace") as sid_1:
            T.evaluate(T.call_extern("smooth", input, T.lookup_param("p0", dtype="handle"), sid_1, dtype="int32"))
            T.evaluate(T.call_extern("smooth", sid_1, T.lookup_param("p0", dtype="handle"), output, dtype="int32"))
    __tvm_meta__ = None
