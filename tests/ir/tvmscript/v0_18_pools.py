# In the style of TVM 0.18: two workspace pools, an accelerator and a pooled constant (RFC 0023).
# from tvm.script import ir as I
# from tvm.script import tir as T

@I.ir_module
class Module:
    @T.prim_func
    def conv(data: T.Buffer((64,), "int8"), weights: T.Buffer((4,), "int8"), out: T.Buffer((64,), "int8")):
        T.func_attr({"global_symbol": "conv", "target": T.target("accel")})
        acc = T.allocate([64], "int32", "global", annotations={"candidate_memory_pools": ["sram"]})
        acc_1 = T.decl_buffer((64,), "int32", data=acc)
        for i in range(64):
            acc_1[i] = 0
            for k in T.unroll(4, annotations={"pragma_auto_unroll_max_step": 4}):
                if i + k < 64:
                    acc_1[i] = acc_1[i] + T.Cast("int32", data[i + k]) * T.Cast("int32", weights[k])
        for i in range(64):
            out[i] = T.Cast("int8", T.min(T.max(T.q_multiply_shift(acc_1[i], 1518500250, 31, -2), -128), 127))

    @T.prim_func
    def relu(data: T.Buffer((64,), "int8"), out: T.Buffer((64,), "int8")):
        T.func_attr({"global_symbol": "relu", "target": T.target("c")})
        for i in range(64):
            out[i] = T.if_then_else(data[i] > T.int8(0), data[i], T.int8(0))

    @T.prim_func
    def __tvm_main__():
        T.func_attr({"target": T.target({"kind": "c", "keys": ["arm_cpu", "cpu"], "mcpu": "cortex-m7"})})
        x = T.allocate([64], "int8", "global", annotations={"candidate_memory_pools": ["sram"], "input_tensor": "x"})
        y = T.allocate([64], "int8", "global", annotations={"output_tensor": "y"})
        w = T.allocate_const([1, -2, 3, -4], "int8", [4])
        mid = T.allocate([64], "int8", "global", annotations={"candidate_memory_pools": ["sram", "dtcm"]})
        cls.conv(x, w, mid)
        cls.relu(mid, y)
