// What `setup` can be asked to do.

export const SETUP_ACTIONS = ['service-account', 'rotate-key'] as const;
export type SetupAction = (typeof SETUP_ACTIONS)[number];
