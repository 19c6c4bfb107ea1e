// What `service` can be asked to do.

export const SERVICE_ACTIONS = ['install', 'uninstall', 'start', 'stop', 'restart', 'status', 'print'] as const;
export type ServiceAction = (typeof SERVICE_ACTIONS)[number];
