/** Fields in the order they are sent. */
export type HttpFields = readonly (readonly [name: string, value: string])[];
