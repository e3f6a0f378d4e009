/** tvmc's flags: the cases of TVM's own tests, and what pinmap does not ignore. */
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/base/error.ts";
import { makePools, type PoolSpec, readTvmcPools } from "../../src/plan/mod.ts";
import { need } from "../support/need.ts";
import { board, flash, region } from "./support.ts";

interface ExpectedPool {
  readonly pool_name?: string;
  readonly size_hint_bytes?: number;
  readonly clock_frequency_hz?: number;
  readonly read_bandwidth_bytes_per_cycle?: number;
  readonly write_bandwidth_bytes_per_cycle?: number;
  readonly read_latency_cycles?: number;
  readonly write_latency_cycles?: number;
  readonly target_burst_bytes?: Readonly<Record<string, number>>;
  readonly n_targets?: number;
}

interface CliCase {
  readonly id: string;
  readonly args?: readonly string[] | string;
  readonly targets?: readonly string[];
  readonly expected?: readonly ExpectedPool[] | string | null;
  readonly expected_error?: string;
}

const CASES = "../reference/usmp_cases.json";

/** `--name=value` as the command line hands it over. */
function read(args: readonly string[], kind: PoolSpec["kind"] = "workspace") {
  const values = (name: string) =>
    args.filter((arg) => arg.startsWith(`--${name}=`)).map((arg) => arg.slice(name.length + 3));
  return readTvmcPools(values, kind);
}

/** The flags that a published result needs, where TVM's test gives no arguments of its own. */
function argsFor(pools: readonly ExpectedPool[], targets: readonly string[]): string[] {
  const names = pools.map((pool) => pool.pool_name ?? "");
  const numbers = pools.toReversed().flatMap((pool) =>
    Object.entries(pool).flatMap(([field, value]) =>
      typeof value === "number"
        ? [`--workspace-pools-${field.replaceAll("_", "-")}=${pool.pool_name}:${value}`]
        : []
    )
  );
  const bursts = pools.flatMap((pool) =>
    Object.entries(pool.target_burst_bytes ?? {})
      .map(([target, n]) => `--workspace-pools-target-burst-bytes=${pool.pool_name}:${target}:${n}`)
  );
  const reach = names.map((name) => `--workspace-pools-targets=${name}:${targets.join(",")}`);
  return [...numbers, ...bursts, ...reach, `--workspace-pools=${names.join(",")}`];
}

need(
  { corpus: [CASES] },
  "readTvmcPools() gives what TVM's own tests of tvmc expect",
  async (t, { corpus }) => {
    const cases: readonly CliCase[] = JSON.parse(Deno.readTextFileSync(corpus(CASES))).tvmc_cli;
    let pools = 0;
    for (const one of cases) {
      const { expected, expected_error: error, targets = [] } = one;
      await t.step(one.id, () => {
        const own = Array.isArray(one.args) ? one.args as string[] : undefined;
        if (error !== undefined) {
          const thrown = assertThrows(() => read(own ?? []), UsageError);
          assertEquals(thrown.code, "E-PLAN-POOL-SPEC");
          return;
        }
        if (expected === null) return assertEquals(read(own ?? []), []);
        if (!Array.isArray(expected)) {
          // tvmc's parser collects the values; the fields of "flash" and "sram" that they give:
          const [sram, other] = read(own ?? []);
          assertEquals([sram?.name, sram?.size, other?.name], ["sram", 500, "flash"]);
          assertEquals(other?.properties, { readLatencyCycles: 30 });
          pools++;
          return;
        }
        const made = read(own ?? argsFor(expected, targets));
        assertEquals(made.length, expected.length);
        for (const [i, want] of (expected as readonly ExpectedPool[]).entries()) {
          const got = made[i];
          const known = (value: number | undefined) => value === -1 ? undefined : value;
          if (want.pool_name !== undefined) assertEquals(got?.name, want.pool_name);
          if (want.size_hint_bytes !== undefined) {
            assertEquals(got?.size, known(want.size_hint_bytes));
          }
          if (want.n_targets !== undefined) assertEquals(got?.targets?.length, want.n_targets);
          const properties = got?.properties ?? {};
          assertEquals(properties.clockFrequencyHz, known(want.clock_frequency_hz));
          if (want.read_bandwidth_bytes_per_cycle !== undefined) {
            const { readBandwidthBytesPerCycle: read, writeBandwidthBytesPerCycle: write } =
              properties;
            assertEquals(read, known(want.read_bandwidth_bytes_per_cycle));
            assertEquals(write, known(want.write_bandwidth_bytes_per_cycle));
            // TVM's default latency is 0; here the board's holds.
            assertEquals(properties.readLatencyCycles ?? 0, want.read_latency_cycles);
            assertEquals(properties.writeLatencyCycles ?? 0, want.write_latency_cycles);
          }
          if (want.target_burst_bytes !== undefined) {
            assertEquals(properties.targetBurstBytes ?? {}, { ...want.target_burst_bytes });
          }
          pools++;
        }
      });
    }
    assertEquals([cases.length, pools >= 10], [11, true]);
  },
);

Deno.test("readTvmcPools() reads the constant pools that tvmc never had", () => {
  const specs = read([
    "--constant-pools=fast,flash",
    "--constant-pools-targets=fast:c",
    "--constant-pools-targets=flash:c",
    "--constant-pools-region=fast:sram",
    "--constant-pools-size-hint-bytes=fast:64",
  ], "constant");
  const { pools } = makePools(board(region("sram", 4096), flash(8192)), {
    parameterBuffers: specs,
    alignment: 16,
  });
  assertEquals(
    pools.filter((pool) => pool.kind === "constant").map(({ name, region, limitBytes }) =>
      `${name} ${region} ${limitBytes}`
    ),
    ["fast sram 64", "flash flash 8192"],
  );
});

Deno.test("readTvmcPools() refuses what tvmc ignores or misreads", () => {
  const good = ["--workspace-pools=sram", "--workspace-pools-targets=sram:c"];
  for (
    const [bad, hint] of [
      ["--workspace-pools-size-hint-bytes=srm:4", 'Did you mean "sram"?'],
      ["--workspace-pools-size-hint-bytes=sram:4k", undefined],
      ["--workspace-pools-size-hint-bytes=sram:-2", undefined],
      ["--workspace-pools-size-hint-bytes=sram", undefined],
      ["--workspace-pools-target-burst-bytes=sram:4", undefined],
      ["--workspace-pools-targets=sram:c,,d", undefined],
      ["--workspace-pools=sram,sram", undefined],
    ] as const
  ) {
    const error = assertThrows(() => read([...good, bad]), UsageError);
    assertEquals([error.code, error.hints[0]], ["E-PLAN-POOL-SPEC", hint], bad);
  }
});
