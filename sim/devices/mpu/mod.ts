/**
 * Memory protection.
 *
 * @module
 */
export { createMpu, type Mpu, type MpuParts, type MpuState, type SystemRegister } from "./mpu.ts";
