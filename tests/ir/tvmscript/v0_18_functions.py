# Functions without a class; every expression that lowered modules have.
from tvm.script import tir as T


@T.prim_func
def expressions(a: T.Buffer((16,), "float32"), b: T.Buffer((4, 4), "int32"), n: T.int64, flag: T.bool):
    T.func_attr({"target": T.target("c"), "tir.is_scheduled": 1})
    total = T.allocate([1], "float32", "global")
    total_1 = T.decl_buffer((1,), "float32", data=total, align=64, offset_factor=4)
    total_1[0] = T.float32(0.5) - 1.25e-3
    p: T.handle = T.address_of(b[0, 0])
    for i in T.parallel(4):
        for j in T.thread_binding(4, thread="threadIdx.x"):
            b[i, j] = T.bitwise_xor(b[j, i], 3) + (i << 2) - ((j & 1) | (~i ^ 5)) - -i
    for k in T.serial(T.int64(1), n):
        total_1[0] = total_1[0] + T.exp(a[T.Cast("int32", k)]) / (a[0] * (a[1] + a[2])) - (a[3] - (a[4] - a[5]))
    with T.LetStmt(n * T.int64(2), T.int64) as twice:
        T.evaluate(T.call_extern("int32", "use", p, twice, total, T.bool(False) or flag and not flag))
    with T.attr(0, "pragma_debug", 1):
        T.evaluate(T.call_packed("log", "done", T.Ramp(0, 1, 4)))
    T.call_extern("void", "finish")


@T.prim_func
def __tvm_main__():
    T.func_attr({"target": T.target("c")})
    pass
