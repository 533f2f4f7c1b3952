/** A field of a choice in a form; its schema says the bounds and the default. */
export interface ChoiceField {
  label: string;
  description: string;
}

/** A way to do something that a request chooses by its `kind`. */
export interface Choice {
  name: string;
  /** In a list to choose from. */
  label: string;
  /** Fields in a form, in their order. */
  fields: Readonly<Record<string, ChoiceField>>;
}

/** How configurations are found. What it does is its own file in `apps/api/src/strategies/searches`. */
export interface SearchRecord extends Choice {
  /** It takes any value of a range, and not only those of lists. */
  samples: boolean;
}
