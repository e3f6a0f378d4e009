import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/error.ts";
import { allocationsOf, findFunction, MAIN, moduleBuilder } from "../../src/ir/mod.ts";

Deno.test("moduleBuilder() nests declarations around what follows them", () => {
  const net = moduleBuilder("net");
  const main = net.main({ target: "accel" });
  main.allocate("a", "int16", [2, 3], { candidates: ["dtcm"], alignment: 8, output: "y" });
  main.call("first", ["a", 1]);
  main.allocateConst("w", "int32", [2], [1, -1], { scope: "global.itcm" });
  main.call("second", ["a", "w"]).call("third");
  const func = findFunction(net.build(), MAIN);
  assertEquals(func?.target, "accel");
  if (func?.body.kind !== "allocate" || func.body.body.kind !== "seq") throw new Error("shape");
  assertEquals(func.body.annotations, {
    candidate_memory_pools: ["dtcm"],
    alignment: 8,
    output_tensor: "y",
  });
  const [first, constant] = func.body.body.body;
  assertEquals(first?.kind, "evaluate");
  if (constant?.kind !== "allocate_const") throw new Error("shape");
  assertEquals(constant.scope, "global.itcm");
  assertEquals([...constant.data], [1, 0, 0, 0, 255, 255, 255, 255]);
  assertEquals(constant.body.kind === "seq" && constant.body.body.length, 2);
});

Deno.test("moduleBuilder() keeps functions, parameters and attributes in order", () => {
  const net = moduleBuilder("net").attr("k", [1, "x"]);
  net.func("op", { params: ["src", "dst"], attrs: { "tir.noalias": true } }).call("k", [
    "dst",
    "src",
  ]);
  net.main();
  const module = net.build();
  assertEquals(module.attrs, { k: [1, "x"] });
  assertEquals(module.functions.map((func) => func.name), ["op", MAIN]);
  assertEquals(module.functions[0]?.params.map((param) => param.name), ["src", "dst"]);
  assertEquals(module.functions[1]?.body, { kind: "seq", body: [] });
});

Deno.test("moduleBuilder() does not change with the arrays it was given", () => {
  const net = moduleBuilder();
  const [extents, data] = [[2], new Uint8Array([1, 2])];
  net.main().allocateConst("w", "uint8", extents, data);
  extents[0] = 9;
  data[0] = 9;
  const [node] = net.build().functions.flatMap(allocationsOf);
  assertEquals(node?.extents, [2]);
  assertEquals(node?.kind === "allocate_const" && [...node.data], [1, 2]);
});

Deno.test("moduleBuilder() refuses wrong declarations by name", () => {
  const refused = (code: string, text: string, fn: () => unknown) =>
    assertEquals(assertThrows(fn, UsageError, text).code, code);
  const main = () => moduleBuilder().main();
  refused("E-IR-NAME", "is not a C identifier", () => moduleBuilder("my net"));
  refused("E-IR-NAME", "is a reserved word", () => main().allocate("lambda", "int8", [1]));
  refused("E-IR-NAME", '"a" in function "__tvm_main__": it was declared before', () => {
    const func = main();
    func.allocate("a", "int8", [1]);
    func.allocateConst("a", "int8", [1], [0]);
  });
  refused("E-IR-NAME", "it was declared before", () => {
    const net = moduleBuilder();
    net.main();
    net.main();
  });
  refused("E-IR-VALUE", "extent 1.5 is no size", () => main().allocate("a", "int8", [1.5]));
  refused("E-IR-VALUE", "make 1099511627776 B", () => main().allocate("a", "int8", [2 ** 40]));
  refused("E-IR-VALUE", "alignment 12", () => main().allocate("a", "int8", [1], { alignment: 12 }));
  refused(
    "E-IR-VALUE",
    "an empty list",
    () => main().allocate("a", "int8", [1], { candidates: [] }),
  );
  refused(
    "E-IR-VALUE",
    "its data has 3 elements, needs 4",
    () => main().allocateConst("w", "int16", [2, 2], [1, 2, 3]),
  );
  refused(
    "E-IR-VALUE",
    "its data has 4 B, needs 8 B",
    () => main().allocateConst("w", "int16", [2, 2], new Uint8Array(4)),
  );
  refused(
    "E-IR-VALUE",
    "element 1 is 128, needs integers from -128 to 127",
    () => main().allocateConst("w", "int8", [2], [0, 128]),
  );
  refused("E-IR-VALUE", "4294967296 is no int32", () => main().call("k", [2 ** 32]));
  refused("E-IR-SCOPE", 'buffer "b" was not declared there', () => main().call("k", ["b"]));
  refused("E-IR-SCOPE", 'buffer "a" was not declared there', () => {
    const other = main().allocate("a", "int8", [1]);
    main().call("k", [other]);
  });
  refused("E-IR-VALUE", 'scope "flash"', () => {
    const net = moduleBuilder();
    net.main().allocate("a", "int8", [1], { scope: "flash" });
    net.build();
  });
});

Deno.test("moduleBuilder() suggests the buffer that was meant", () => {
  const main = moduleBuilder().main();
  main.allocate("samples", "int8", [1]);
  const error = assertThrows(() => main.call("k", ["sampels"]), UsageError);
  assertEquals(error.hints, ['Did you mean "samples"?']);
});
