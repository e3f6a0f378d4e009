# In the style of TVM 0.13: I and T, views of pointers, annotated lets, calls through the class.
from tvm.script import ir as I
from tvm.script import tir as T


@I.ir_module
class Branches:
    I.module_attrs({"pinmap.name": "branches"})

    @T.prim_func
    def choose(mode: T.int32, p_in: T.handle, p_out: T.handle):
        T.func_attr({"global_symbol": "choose", "target": T.target("c"), "tir.noalias": T.bool(True)})
        source = T.match_buffer(p_in, (32,), "int8", align=16)
        result = T.match_buffer(p_out, (32,), "int8", align=16)
        if mode == 0:
            quick = T.allocate([32], "int8", "global")
            quick_1 = T.Buffer((32,), "int8", data=quick)
            for i in range(32):
                quick_1[i] = source[31 - i]
            for i in range(32):
                result[i] = quick_1[i]
        else:
            with T.decl_buffer((8, 4), "int32") as careful:
                for i, j in T.grid(8, 4):
                    cse_var_1: T.int32 = i * 4 + j
                    careful[i, j] = T.Cast("int32", source[cse_var_1]) * 3
                for i in T.serial(2, 30):
                    result[i] = T.Cast("int8", T.truncmod(careful[i // 4, i % 4], 128))
        assert mode < 2, "mode is 0 or 1"
        result[0:4] = T.Broadcast(T.int8(1), 4)

    @T.prim_func
    def __tvm_main__():
        T.func_attr({"target": T.target("c")})
        input = T.allocate([32], "int8", "global", annotations={"input_tensor": "x"})
        output = T.allocate([32], "int8", "global", annotations={"output_tensor": "y"})
        Branches.choose(1, input, output)
