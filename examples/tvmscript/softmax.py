# In the style of TVM 0.10: T.Buffer[...], indexed allocates, packed calls with a resource handle, float32.
#
#   pinmap run examples/tvmscript/softmax.py --board mimxrt1060-evk
import tvm
from tvm.script import tir as T


@tvm.script.ir_module
class Softmax:
    @T.prim_func
    def tvmgen_default_fused_dense(data: T.Buffer[(16,), "float32"], weights: T.Buffer[(128,), "float32"], dense: T.Buffer[(8,), "float32"]) -> None:
        T.func_attr({"global_symbol": "tvmgen_default_fused_dense", "tir.noalias": True, "target": T.target("c")})
        for j in T.serial(8):
            dense[j] = T.float32(0)
            for k in T.serial(16):
                dense[j] = (dense[j] + (data[k]*weights[((j*16) + k)]))

    @T.prim_func
    def tvmgen_default_fused_softmax(data: T.Buffer[(8,), "float32"], T_softmax: T.Buffer[(8,), "float32"]) -> None:
        T.func_attr({"global_symbol": "tvmgen_default_fused_softmax", "tir.noalias": True, "target": T.target("c")})
        T_softmax_maxelem = T.allocate([1], "float32", "global")
        T_softmax_exp = T.allocate([8], "float32", "global")
        T_softmax_expsum = T.allocate([1], "float32", "global")
        T_softmax_maxelem[0] = T.float32(-3.4028234663852886e+38)
        for k in T.serial(8):
            T_softmax_maxelem[0] = T.max(T_softmax_maxelem[0], data[k])
        for i in T.serial(8):
            T_softmax_exp[i] = T.exp((data[i] - T_softmax_maxelem[0]), dtype="float32")
        T_softmax_expsum[0] = T.float32(0)
        for k in T.serial(8):
            T_softmax_expsum[0] = (T_softmax_expsum[0] + T_softmax_exp[k])
        for i in T.serial(8):
            T_softmax[i] = (T_softmax_exp[i]/T_softmax_expsum[0])

    @T.prim_func
    def __tvm_main__(input: T.handle, output: T.handle) -> None:
        T.func_attr({"global_symbol": "__tvm_main__", "runner_function": True, "target": T.target("c")})
        weights = T.allocate_const([0.796875, 0.859375, 0.796875, -0.25, -0.265625, 0.890625, -0.265625, -0.625, 0.78125, 0.203125, -0.4375, -0.640625, -0.84375, 0.578125, 0.796875, -0.375, -0.953125, -0.75, -0.765625, -0.859375, -0.25, -0.046875, -0.890625, 0.84375, 0.296875, 0.75, -0.21875, -0.078125, 0.171875, 0.984375, -0.984375, -0.671875, 0.828125, 0.109375, 0.625, -0.671875, 0.015625, 0.25, -0.09375, 0.140625, -0.890625, -0.734375, -0.578125, 0.59375, -0.578125, 0.15625, 0.53125, -0.734375, -0.9375, -1.0, -0.15625, -0.171875, -0.796875, 0.875, 0.5, 0.578125, 0.671875, -0.71875, -0.21875, 0.078125, 0.34375, -0.65625, 0.234375, 0.328125, -0.953125, 0.625, -0.53125, -0.46875, -0.015625, -0.609375, -0.96875, -0.765625, 0.859375, 0.9375, -0.296875, -0.25, 0.78125, -0.25, -0.484375, 0.671875, 0.53125, -0.546875, 0.578125, 0.671875, -0.15625, -1.0, 0.078125, 0.203125, -0.921875, -0.171875, -0.265625, 0.5625, -0.609375, -0.84375, -0.421875, -0.15625, 0.765625, 0.03125, -0.96875, 0.3125, 0.171875, 0.53125, -0.71875, -0.703125, -0.640625, -0.171875, -0.03125, -0.953125, 0.46875, 0.484375, 0.8125, -0.5, 0.921875, -0.46875, 0.53125, -0.28125, -0.390625, 0.234375, -0.09375, -0.015625, -0.25, -0.375, -0.21875, 0.546875, 0.921875, -0.6875, 0.671875, -0.8125], "float32", [128])
        sid_1 = T.allocate([32], "int8", "global.workspace")
        T.evaluate(T.tvm_call_cpacked("tvmgen_default_fused_dense", input, weights, sid_1, T.reinterpret(T.uint64(0), dtype="handle"), dtype="int32"))
        T.evaluate(T.tvm_call_cpacked("tvmgen_default_fused_softmax", sid_1, output, T.reinterpret(T.uint64(0), dtype="handle"), dtype="int32"))
