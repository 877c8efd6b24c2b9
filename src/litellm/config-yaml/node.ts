/** Where a setting is: the path as given, and the line, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** Formats a place: `litellm.yaml:12` */
export const formatPlace = ({ file, line }: Place): string => `${file}:${line}`;

/** A value of a YAML file with its place. An alias refers to the very node that it names, so there may be cycles. */
export type Node = ScalarNode | MappingNode | ListNode;

interface ScalarNode extends Placed {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
}

/** A mapping. */
export interface MappingNode extends Placed {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A list. */
export interface ListNode extends Placed {
  readonly kind: "list";
  readonly items: readonly Node[];
}

/** A name in a mapping and its value; `place` is that of the name. */
export interface Entry extends Placed {
  readonly value: Node;
  /** Earlier occurrences of the name in the same mapping, which have no effect. */
  readonly before: readonly Place[];
}

interface Placed {
  readonly place: Place;
}
