/** @file What a PromQL expression asks for, read from its syntax tree. */
import { parser } from '@prometheus-io/lezer-promql';

/** A selector of an expression, with every label that the expression names for it. */
export interface Selector {
  metric: string;
  /** Of its matchers, and of each `by` or `on` around it. */
  labels: ReadonlySet<string>;
}

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/**
 * @throws SyntaxError where the expression cannot be parsed
 * @example selectors('sum by (a) (rate(x{b="1"}[5m]))') // [{ metric: 'x', labels: new Set(['a', 'b']) }]
 */
export function selectors(expression: string): Selector[] {
  const found: Selector[] = [];
  const text = (node: SyntaxNode) => expression.slice(node.from, node.to);
  const names = (node: SyntaxNode) => node.getChildren('LabelName').map(text);

  function visit(node: SyntaxNode, around: readonly string[]): void {
    if (node.type.isError) throw new SyntaxError(`at ${node.from} of ${expression}`);
    if (node.name === 'VectorSelector') {
      const metric = node.getChild('Identifier');
      if (!metric) throw new SyntaxError(`a selector without a metric name: ${text(node)}`);
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      found.push({ metric: text(metric), labels: new Set([...around, ...matchers.flatMap(names)]) });
      return;
    }
    const grouping = ['AggregateModifier', 'MatchingModifierClause']
      .map((name) => node.getChild(name)?.getChild('GroupingLabels'))
      .flatMap((labels) => (labels ? names(labels) : []));
    for (let child = node.firstChild; child; child = child.nextSibling) visit(child, [...around, ...grouping]);
  }
  visit(parser.parse(expression).topNode, []);
  return found;
}
