# In the style of TVM 0.8: pointers with T.load and T.store, T.let, keyword dtypes, main marked as the runner.
#
#   pinmap run examples/tvmscript/smooth.py --board stm32f746g-disco --workspace-io
import tvm
from tvm.script import tir as T


@tvm.script.ir_module
class Smooth:
    @T.prim_func
    def smooth(signal: T.handle, output: T.handle) -> None:
        # function attr dict
        T.func_attr({"global_symbol": "smooth", "tir.noalias": True, "target": T.target("c")})
        signal_1 = T.match_buffer(signal, [64], dtype="int16", elem_offset=0, align=128, offset_factor=1)
        output_1 = T.match_buffer(output, [64], dtype="int16", elem_offset=0, align=128, offset_factor=1)
        # body
        cse_var_1 = T.var("int32")
        with T.allocate([66], "int16", "global") as padded:
            for i in T.serial(0, 66):
                T.store(padded, i, T.if_then_else(((1 <= i) and (i < 65)), T.load("int16", signal_1.data, (i - 1)), T.int16(0), dtype="int16"), True)
            for i_1 in T.serial(0, 64):
                with T.let(cse_var_1, (i_1*1)):
                    with T.allocate([1], "int32", "global") as sum:
                        T.store(sum, 0, 0, True)
                        for k in T.serial(0, 3):
                            T.store(sum, 0, (T.load("int32", sum, 0) + T.cast(T.load("int16", padded, (cse_var_1 + k)), "int32")), True)
                        T.store(output_1.data, i_1, T.cast(T.q_multiply_shift(T.load("int32", sum, 0), 1431655765, 31, -1, dtype="int32"), "int16"), True)

    @T.prim_func
    def run_model(input: T.handle, output: T.handle) -> None:
        T.func_attr({"global_symbol": "tvmgen_default_run_model", "runner_function": True, "target": T.target({"kind": "c", "keys": ["cpu"]})})
        T.attr("default", "device_id", 0)
        T.attr("default", "device_type", 1)
        with T.allocate([128], "int8", "global.workspace") as sid_1:
            T.evaluate(T.call_extern("smooth", input, sid_1, dtype="int32"))
            T.evaluate(T.call_extern("smooth", sid_1, output, dtype="int32"))
    __tvm_meta__ = None
