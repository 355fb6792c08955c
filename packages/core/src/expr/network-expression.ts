// What can be asked of an address or a network.

import { refineKind } from '../value/kind.ts';
import { addressOperandKind, cidrKind, inetKind, inetWithPrefixKind } from '../value/network.ts';
import { booleanKind, intKind } from '../value/number.ts';
import { textKind } from '../value/text.ts';
import type { Predicate } from './expression.ts';
import { operation } from './node.ts';
import { BooleanExpression, lift, nodeOf, NumberExpression, OrderedExpression, TextExpression, type Expression } from './operations.ts';
import { OPERATORS, type Operator } from './operators.ts';

export class NetworkExpression extends OrderedExpression {
  containedBy(network: unknown): Predicate {
    return this.#against(OPERATORS.networkContainedBy, network);
  }
  containedByOrEqual(network: unknown): Predicate {
    return this.#against(OPERATORS.networkContainedByOrEqual, network);
  }
  contains(address: unknown): Predicate {
    return this.#against(OPERATORS.networkContains, address);
  }
  containsOrEqual(address: unknown): Predicate {
    return this.#against(OPERATORS.networkContainsOrEqual, address);
  }
  overlaps(network: unknown): Predicate {
    return this.#against(OPERATORS.networkOverlaps, network);
  }

  family(): Expression {
    return new NumberExpression(operation(OPERATORS.networkFamily, [nodeOf(this)], intKind));
  }
  masklen(): Expression {
    return new NumberExpression(operation(OPERATORS.networkMasklen, [nodeOf(this)], intKind));
  }
  host(): Expression {
    return new TextExpression(operation(OPERATORS.networkHost, [nodeOf(this)], textKind));
  }
  network(): Expression {
    return new NetworkExpression(operation(OPERATORS.networkOf, [nodeOf(this)], NETWORK_KINDS.cidr));
  }

  #against(operator: Operator, other: unknown): Predicate {
    const node = nodeOf(this),
      path = node.kind === 'column' ? node.property : '';
    return new BooleanExpression(operation(operator, [node, lift(other, addressOperandKind, path)], booleanKind)) as unknown as Predicate;
  }
}

/** The kinds with their operations, which only this layer knows. */
export const NETWORK_KINDS = Object.freeze({
  inet: refineKind(inetKind, { operations: NetworkExpression }),
  inetWithPrefix: refineKind(inetWithPrefixKind, { operations: NetworkExpression }),
  cidr: refineKind(cidrKind, { operations: NetworkExpression }),
});
