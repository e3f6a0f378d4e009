import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PinmapError, UsageError } from "../../src/base/error.ts";
import { formatPoolSpec, parsePoolSpec } from "../../src/plan/mod.ts";

Deno.test("parsePoolSpec() reads every key of the RFC and of PoolInfo", () => {
  const spec = parsePoolSpec(
    " name=dtcm ; region=dtcm0; target=c,accel; size=48 KiB; alignment=32; clock_frequency_hz=216000000;" +
      "read_bandwidth_bytes_per_cycle=8;write_bandwidth_bytes_per_cycle=4;read_latency_cycles=1;" +
      "write_latency_cycles=2;target_burst_bytes=c:32,accel:64;",
    "workspace",
  );
  assertEquals(spec, {
    name: "dtcm",
    kind: "workspace",
    region: "dtcm0",
    targets: ["c", "accel"],
    size: 49152,
    alignment: 32,
    properties: {
      clockFrequencyHz: 216000000,
      readBandwidthBytesPerCycle: 8,
      writeBandwidthBytesPerCycle: 4,
      readLatencyCycles: 1,
      writeLatencyCycles: 2,
      targetBurstBytes: { c: 32, accel: 64 },
    },
  });
  assertEquals(parsePoolSpec(formatPoolSpec(spec), "workspace"), spec);
});

Deno.test("parsePoolSpec() says which part it cannot read", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", "it has no name"],
    ["size=1K", "it has no name"],
    ["dtcm", '"dtcm" is not of the form key=value'],
    ["name=dtcm;size=48KB", 'the size "48KB" is not a number of bytes'],
    ["name=dtcm;size=0", 'the size "0" is not a number of bytes of 1 or more'],
    ["name=dtcm;size=-1", 'the size "-1"'],
    ["name=dtcm;size=9007199254740992", "the size"],
    ["name=dtcm;name=itcm", 'the key "name" is given twice'],
    ["name=dtcm;size=", 'the key "size" has no value'],
    ["name=1st", '"1st" is not a name'],
    ["name=a.b", '"a.b" is not a name'],
    ["name=dtcm;target=c,", 'the list of "target" has an empty entry'],
    ["name=dtcm;target=c,c", '"target" names "c" twice'],
    ["name=dtcm;alignment=24", 'the alignment "24" is not a power of two'],
    ["name=dtcm;read_latency_cycles=fast", '"read_latency_cycles" is "fast"'],
    ["name=dtcm;target_burst_bytes=32", 'the burst "32" is not of the form target:bytes'],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => parsePoolSpec(text, "workspace"), UsageError, message);
    assertEquals(error.code, "E-PLAN-POOL-SPEC");
  }
});

Deno.test("parsePoolSpec() asks whether a mistyped key was meant", () => {
  const error = assertThrows(() => parsePoolSpec("name=dtcm;taget=c", "workspace"), UsageError);
  assertEquals(error.hints, ['Did you mean "target"?']);
  const other = assertThrows(() => parsePoolSpec("name=dtcm;colour=red", "workspace"), UsageError);
  assertStringIncludes(other.hints.join(), "Known keys: name, target, size");
});

Deno.test("parsePoolSpec() never fails in another way", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parsePoolSpec(text, "constant");
      } catch (error) {
        if (!(error instanceof PinmapError)) throw error;
      }
    }),
    { seed: 1 },
  );
});
