/** The types of answers: nobody changes one after it was made. */

/** The same, read-only at every depth. */
export type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;
