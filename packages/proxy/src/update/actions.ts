// The words that may stand behind `update`.

export const UPDATE_ACTIONS = ['check', 'apply', 'rollback'] as const;

export type UpdateAction = (typeof UPDATE_ACTIONS)[number];
