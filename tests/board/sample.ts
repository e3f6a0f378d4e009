/**
 * A small board with one of everything, for tests to break.
 *
 * @module
 */

/** Valid text; every line of it is unique enough to be replaced. */
export const SAMPLE = `#:schema ./board.schema.json
schema = "pinmap/board-1"
name = "sample"
title = "A sample"
vector_table = 0x0800_0100

[sources]
rm = "Manual, revision 1"
ds = "Data sheet, revision 2"

[cpu]
core = "cortex-m7"
fpu = "fpv5-d16"
clock = "216 MHz"
icache = { size = "16 KiB", ways = 2, line = 32 }
source = "ds §1"

[[region]]
name = "dtcm"
kind = "ram"
origin = 0x2000_0000
length = "128 KiB"
access = "rwx"
wait_states = { read = 0, write = 0 }
initiators = ["c", "mdma"]
sections = [".dtcm"]
pool = { clock_frequency = "216 MHz", target_burst_bytes = { c = 8 } }
source = "rm §2; ds §3"

[[region]]
name = "itcm"
kind = "ram"
origin = 0x0000_0000
length = 65536
access = "rwx"
source = "rm §2"

[[region]]
name = "flash"
kind = "nvm"
origin = 0x0800_0000
length = "1 MiB"
access = "rx"
width = 256
reserved = [{ origin = 0x0800_0000, length = "256 B", purpose = "boot" }]
source = "rm §3"

[[alias]]
name = "flash_itcm"
of = "flash"
origin = 0x0020_0000
length = "512 KiB"
offset = 0x1000
source = "rm §3"

[[budget]]
name = "tcm"
length = "192 KiB"
granule = "32 KiB"
regions = ["itcm", "dtcm"]
source = "rm §2"

[[uart]]
name = "usart1"
kind = "stm32-usart-v2"
origin = 0x4001_1000
irq = 37
source = "ds §4"

[[peripheral]]
name = "rcc"
origin = 0x4002_3800
length = "1 KiB"
reset = [{ register = 0x04, value = 0x83 }]
follows = [{ register = 0x08, bit = 2, of = 0, width = 2 }]
source = "ds §5"
`;

/** The sample with one text replaced; throws if the text is not in it exactly once. */
export function edit(from: string, to: string): string {
  if (SAMPLE.split(from).length !== 2) throw new Error(`"${from}" is not unique in the sample`);
  return SAMPLE.replace(from, () => to);
}
