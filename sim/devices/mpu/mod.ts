/**
 * Memory protection.
 *
 * @module
 */
export { createMpu, type Mpu, type MpuParts, type MpuState } from "./mpu.ts";
