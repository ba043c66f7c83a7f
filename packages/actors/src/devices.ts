// Kernel actors
export { KernelActor } from './devices/kernel-actor.js';
export type {
  BackendName,
  Bindings,
  KernelArguments,
  KernelInfo,
  LoadRequest,
} from './devices/kernel-actor.js';
export { deviceSupervisor } from './devices/device-supervisor.js';
export type { DeviceSupervisorOptions } from './devices/device-supervisor.js';
