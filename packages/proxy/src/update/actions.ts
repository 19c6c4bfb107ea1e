// The words that may stand behind `update`.

export const UPDATE_ACTIONS = ['check'] as const;

export type UpdateAction = (typeof UPDATE_ACTIONS)[number];
