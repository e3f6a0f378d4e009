# In the style of TVM 0.9 and 0.10: indexed allocates, T.Buffer[...], T.buffer_decl, packed calls.
import tvm
from tvm.script import tir as T


@tvm.script.ir_module
class Pool:
    @T.prim_func
    def max_pool(placeholder: T.Buffer[(256,), "uint8"], T_cast: T.Buffer[(64,), "int16"]) -> None:
        T.func_attr({"global_symbol": "max_pool", "tir.noalias": True, "target": T.target("c")})
        T.preflattened_buffer(placeholder, [1, 16, 16], dtype="uint8", data=placeholder.data)
        tensor = T.decl_buffer([64], "uint8")
        for ax0, ax1 in T.grid(8, 8):
            tensor[((ax0*8) + ax1)] = T.uint8(0)
            for rv in T.serial(4):
                tensor[((ax0*8) + ax1)] = T.max(tensor[((ax0*8) + ax1)], placeholder[((((ax0*32) + (T.floordiv(rv, 2)*16)) + (ax1*2)) + T.floormod(rv, 2))])
        for ax in T.serial(0, 64):
            if ax < 8:
                T_cast[ax] = T.cast(tensor[ax], "int16")
            elif T.likely(ax < 16, dtype="bool") or not (ax == 3):
                T_cast[ax] = T.int16(-1)
            else:
                T_cast[ax] = T.Select((ax > 20), T.cast(tensor[ax], "int16"), T.int16(7))

    @T.prim_func
    def normalise(a: T.handle, b: T.handle) -> None:
        T.func_attr({"global_symbol": "normalise", "target": T.target("c")})
        words = T.match_buffer(a, [64], dtype="int16")
        bytes = T.match_buffer(b, [64], dtype="int8")
        scratch = T.allocate([64], "int32", "global")
        scratch_1 = T.buffer_decl([16, 4], dtype="int32", data=scratch)
        for i in T.unroll(16):
            for j in T.vectorized(4):
                scratch_1[i, j] = T.cast(words[i * 4 + j], "int32") // 3 - (2 - i) % 5
        i_2: T.int32 = 0
        while scratch_1[0, 0] > 100 and i_2 != 9:
            scratch_1[0, 0] = T.truncdiv(scratch_1[0, 0], 2)
        for k in range(64):
            bytes[k] = T.Cast("int8", T.shift_right(scratch_1[k // 4, k % 4], 1))

    @T.prim_func
    def __tvm_main__(input: T.handle, output: T.handle) -> None:
        T.func_attr({"global_symbol": "__tvm_main__", "runner_function": True, "target": T.target("c")})
        sid_2 = T.allocate([128], "int8", "global.workspace")
        T.evaluate(T.tvm_call_cpacked("max_pool", input, sid_2, T.reinterpret(T.uint64(0), dtype="handle"), dtype="int32"))
        T.evaluate(T.tvm_call_cpacked("normalise", sid_2, output, T.reinterpret(T.uint64(0), dtype="handle"), dtype="int32"))
