// The kinds of address under which an instance may be reached.

/** `PRIVATE` is the default; `PSC` is a name of Private Service Connect. */
export type IpType = 'PRIVATE' | 'PUBLIC' | 'PSC';

/** What may be asked for: `AUTO` takes the first address the instance has, in the order PRIVATE, PSC, PUBLIC. */
export type IpTypeOption = IpType | 'AUTO';

/** The addresses an instance has, by kind. A kind that the instance lacks is absent. */
export type InstanceAddresses = { readonly [kind in IpType]?: string };

/** All kinds, in the order in which messages name them. */
export const ipTypes: readonly IpType[] = ['PRIVATE', 'PUBLIC', 'PSC'];

/** The order of `AUTO`: what stays within Google's network first. */
export const autoOrder: readonly IpType[] = ['PRIVATE', 'PSC', 'PUBLIC'];
