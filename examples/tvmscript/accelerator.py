# In the style of TVM 0.18: two workspace pools, an accelerator and constants (RFC 0009, RFC 0023).
#
#   pinmap run examples/tvmscript/accelerator.py --board stm32h743 \
#     --initiator "name=accel;regions=axi_sram,flash" \
#     --with-workspace-buffer "name=dtcm;target=c;size=1000" \
#     --with-workspace-buffer "name=sram;region=axi_sram;target=c,accel" \
#     --with-parameter-buffer "name=flash;target=c,accel"
from tvm.script import ir as I
from tvm.script import tir as T


@I.ir_module
class Module:
    I.module_attrs({"pinmap.name": "accelerator"})

    @T.prim_func
    def conv(data: T.Buffer((16, 16), "int8"), weights: T.Buffer((4, 3, 3), "int8"), bias: T.Buffer((4,), "int32"), out: T.Buffer((14, 14, 4), "int8")):
        T.func_attr({"global_symbol": "conv", "target": T.target("accel"), "tir.noalias": T.bool(True)})
        acc = T.allocate([4], "int32", "global", annotations={"candidate_memory_pools": ["sram"]})
        acc_1 = T.decl_buffer((4,), "int32", data=acc)
        for y, x in T.grid(14, 14):
            for c in range(4):
                acc_1[c] = bias[c]
            for ky, kx in T.grid(3, 3):
                for c in T.unroll(4):
                    acc_1[c] = acc_1[c] + T.Cast("int32", data[y + ky, x + kx]) * T.Cast("int32", weights[c, ky, kx])
            for c in range(4):
                out[y, x, c] = T.Cast("int8", T.max(T.min(T.q_multiply_shift(acc_1[c], 1395864371, 31, -4), 127), -128))

    @T.prim_func
    def max_pool(data: T.Buffer((14, 14, 4), "int8"), out: T.Buffer((7, 7, 4), "int8")):
        T.func_attr({"global_symbol": "max_pool", "target": T.target("c"), "tir.noalias": T.bool(True)})
        for y, x, c in T.grid(7, 7, 4):
            out[y, x, c] = T.max(T.max(data[y * 2, x * 2, c], data[y * 2, x * 2 + 1, c]), T.max(data[y * 2 + 1, x * 2, c], data[y * 2 + 1, x * 2 + 1, c]))

    @T.prim_func
    def dense(data: T.Buffer((196,), "int8"), weights: T.Buffer((3, 196), "int8"), out: T.Buffer((3,), "int32")):
        T.func_attr({"global_symbol": "dense", "target": T.target("c"), "tir.noalias": T.bool(True)})
        for i in range(3):
            out[i] = 0
            for k in range(196):
                out[i] = out[i] + T.Cast("int32", data[k]) * T.Cast("int32", weights[i, k])

    @T.prim_func
    def __tvm_main__():
        T.func_attr({"target": T.target("c")})
        image = T.allocate([256], "int8", "global", annotations={"candidate_memory_pools": ["sram"], "input_tensor": "image"})
        scores = T.allocate([3], "int32", "global", annotations={"output_tensor": "scores"})
        features = T.allocate([784], "int8", "global", annotations={"candidate_memory_pools": ["sram"]})
        pooled = T.allocate([196], "int8", "global", annotations={"candidate_memory_pools": ["dtcm", "sram"]})
        kernel = T.allocate_const([1, 2, 1, 0, 0, 0, -1, -2, -1, 1, 0, -1, 2, 0, -2, 1, 0, -1, 0, 1, 0, 1, -4, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1], "int8", [36])
        bias = T.allocate_const([8, -8, 0, 64], "int32", [4])
        matrix = T.allocate_const([1, -5, 3, -8, -7, 8, -6, 2, 9, -8, 7, -3, -8, -7, 4, 4, -7, -2, -7, 8, 4, -8, 9, -6, -2, 9, -8, 9, 9, 3, -8, -2, -8, 8, -5, 0, 4, -5, 8, -6, 9, 0, 8, -4, -6, 9, 9, -3, 2, -6, 8, -7, 9, -8, -3, 6, 8, 4, 1, 5, 9, 5, 2, 0, -2, -4, -2, -7, 9, 0, 7, 6, 1, 5, 0, -7, -6, 7, 4, -4, 1, -5, 6, 4, -8, -7, 8, 9, 1, 1, 2, 6, 9, 5, -7, -7, -1, 6, -7, -8, 0, 9, 5, 0, 3, 2, -9, 5, 2, -4, -6, 6, -8, -3, 0, -5, -2, 3, 3, 6, -7, -4, 5, 3, 8, -1, -5, 4, 8, -1, 4, 2, 3, -2, -5, -7, -4, -5, -2, -2, -9, 6, 9, -4, -1, 0, -9, -5, 4, 8, 2, 9, 1, -5, 7, -8, 5, 8, 3, 3, 3, 3, -6, 6, 3, -8, -3, -7, -3, 5, -4, -6, 1, -8, -6, -9, 9, -5, 8, -6, 2, -9, -7, -3, 3, -5, -1, 2, 2, 6, -6, -6, 6, 5, 6, 6, 0, -7, -5, -6, 1, -1, 6, -4, 7, -9, -3, 7, 2, -5, 8, -9, 7, 0, -7, -1, 7, 2, -4, 2, -2, 8, 8, 7, 1, -2, -3, -2, 3, -2, -3, 7, 6, 2, -9, -9, -1, 6, -1, -3, 2, 5, 2, 2, -7, -2, -6, -2, 6, -3, 1, -3, 6, -9, 6, 2, -7, -6, 3, -3, 6, -4, 4, 1, -7, 3, 5, 3, -7, -4, -4, -5, -9, -5, 9, 5, -5, 6, 2, -5, 8, 8, -5, -9, -9, -6, 7, -5, 4, -3, -3, -9, -1, -3, 0, 7, -2, 9, 1, -1, 8, 4, -5, -8, 2, 5, 9, 7, 4, 7, -5, 8, -5, 7, 7, -9, 5, -4, -9, -5, -4, -5, 6, -6, 8, -8, 1, 7, 7, 8, 6, -6, 8, -8, -2, -3, -1, -8, -6, 7, 5, 8, -9, -7, 5, 1, 7, 7, -3, -1, 5, 7, 8, 6, 7, -2, 7, -1, 8, -3, 5, -5, 4, -6, 3, 5, 1, -7, -2, 4, -7, -3, 0, -6, -5, 2, -5, -1, -5, 5, -2, -6, 3, 6, -4, -2, -4, 4, 7, 3, 1, 4, -3, 2, 1, -7, 2, -9, 1, 8, 5, 5, -9, 3, 1, 7, 0, 7, -7, -6, -2, -6, -7, -1, -1, -8, -4, -1, -5, 4, -1, 3, -5, 8, 7, 9, 6, 1, -7, -1, -8, -4, 4, -7, -1, -9, -7, -1, -7, -2, -7, -1, -6, 5, -9, 1, 8, 4, -1, -5, -8, 7, -2, -6, -4, -1, -8, -4, -3, 0, 0, 7, -3, 0, 5, 7, -4, -1, 2, -9, -1, -8, -9, -9, 7, 8, -3, 7, 6, -2, 5, -6, 4, 6, 8, 3, 7, 0, -3, -2, 1, -3, -5, 3, 2, -8, -5, -9, -7, -1, 4, -4, -8, -7, 3, 7, 0, -2, 0, -8, 5, -4, -4, -1, 5, -9, -1, 2, 1, 8, 1, -2, -8, 0, -3, 2, -4, -9, 1, 3, -7, 6, -1, 7, -3, -2, 7, -9, -7, -1, -7, -5, 3, 9, -8, 3, -9, 0, 0, -2, -7, 9, 7, -5, 3, 1, 6, -5, 0, -5, -8, 7, 4, 7, -5, 7, 7, 9, -9, 9, -2, -7, -9, -8, -5, 2, -6, 3, 5, 8, -8, -9, 8, -2, 6, -1, -9, 5], "int8", [588])
        Module.conv(image, kernel, bias, features)
        Module.max_pool(features, pooled)
        Module.dense(pooled, matrix, scores)
