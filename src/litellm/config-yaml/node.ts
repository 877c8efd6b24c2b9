/** Where a setting stands: the file as it was named, and the line, from 1 on. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** `litellm.yaml:12` */
export const sayPlace = ({ file, line }: Place): string => `${file}:${line}`;

/** A value of a YAML file with its place. An alias leads to the very node that it names, so there may be circles. */
export type Node = ScalarNode | MappingNode | ListNode;

interface ScalarNode extends Placed {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
}

export interface MappingNode extends Placed {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface ListNode extends Placed {
  readonly kind: "list";
  readonly items: readonly Node[];
}

/** A name of a mapping and its value; `place` is that of the name. */
export interface Entry extends Placed {
  readonly value: Node;
  /** Where the same name stood before in the same mapping: there it counts for nothing. */
  readonly before: readonly Place[];
}

interface Placed {
  readonly place: Place;
}
