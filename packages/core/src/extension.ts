// The contract for packages that build on core. Everything here is documented and stable in the sense that a change of it is a new major version of
// core; application code needs none of it.

export { fieldOf, FieldBuilder, specOf, type Field } from './field/field.ts';
export type {
  DefaultSpec,
  FieldSpec,
  IndexMethod,
  Protection,
  ReferenceSpec,
  ReferentialAction,
  RelationSpec,
} from './field/field-spec.ts';
export type { FieldState, Relation } from './field/field-state.ts';
export type { Extension, ExtensionRuntime, OpaqueSchemaObject, SchemaObject } from './model/extension.ts';
export { bagOf, descriptorOf, isModel, relationOf, relationsOf, schemaObjectsOf } from './model/access.ts';
export { executable, type Executable } from './model/write-statement.ts';
export { declarationOf, keyTargetOf, type KeyTarget } from './model/declaration.ts';
export { NOW_MS, runtimeOf } from './model/describe.ts';
export { sourceOf, type Bag, type BagFacet } from './model/bag.ts';
export type { RelationRuntime } from './model/relation.ts';
export { nestedRowConstructor, type RowConstructor, type RowPart } from './model/row-builder.ts';
export type { AnyModel, DerivedField, ModelRuntime, StoredField, VisageFacts } from './model/runtime.ts';
export { isVisage, visageOf } from './visage/declaration.ts';
export type { Slice } from './model/proxy.ts';
export {
  checkKey,
  createValues,
  isIgnored,
  mayBeOmitted,
  patchValues,
  valueIssue,
  valueIssues,
  type PreparedValues,
} from './model/input.ts';
export { createRow, populated, preparedDraft, refuseZero } from './model/single-row.ts';
export type { fieldsOf } from './model/model.ts';
export { DESCRIPTOR_FORMAT } from './model/descriptor.ts';

export type { CreateOf, ExprsOf, IdOf, InputProperty, Patch, State, StoredExprs, StoredProperty, StoredValues } from './model/row-type.ts';
export * as nodes from './expr/node.ts';
export type { ColumnNode, Direction, Node, OperationNode, OrderTerm, ParameterNode, Source, SqlNode, ValueNode } from './expr/node.ts';
export {
  conjunctionOf,
  ArrayExpression,
  BooleanExpression,
  Expression,
  expressionOf,
  isExpression,
  lift,
  listKind,
  nodeOf,
  NumberExpression,
  OrderedExpression,
  OrderExpression,
  predicateNode,
  ScalarExpression,
  TextExpression,
} from './expr/operations.ts';
export { declaredNode } from './expr/declared.ts';
export { isPlain, retyped } from './expr/plain-value.ts';
export { resultKind } from './expr/result-kind.ts';
export { mayBeNull, rowsKey, SubqueryRows, type RowsOwner } from './expr/subquery.ts';
export { OPERATORS, PRECEDENCE, type InMemory, type Operator, type OperatorName } from './expr/operators.ts';
export {
  aggregateCall,
  checkAggregates,
  hasAggregate,
  isSameNode,
  overAllRows,
  valueOfNoRows,
  type AggregateCall,
  type Place,
} from './expr/aggregate.ts';
export { inScope, isActive } from './expr/scope.ts';
export { substituted } from './expr/substitution.ts';
export { renderLiteral, renderNode, SqlWriter } from './expr/render.ts';

export { refersOutside, resourced, strayColumn } from './statement/correlation.ts';
export { compileFixed, orderedValues, renderOnce, ShapeCache, type FixedStatement } from './statement/compile.ts';
export { renderStatement, type RenderedStatement } from './statement/render-statement.ts';
export type {
  Assignment,
  Conflict,
  ConflictTarget,
  CountStatement,
  KeyedProjection,
  DeleteStatement,
  ExistsStatement,
  InsertRows,
  InsertStatement,
  ListedColumn,
  ListsStatement,
  Lock,
  LockStrength,
  NamedQuery,
  OutputOrder,
  QueryStatement,
  Returning,
  SearchClause,
  SelectStatement,
  SetOperationStatement,
  SetOperator,
  Statement,
  UpdateStatement,
  WithStatement,
} from './statement/statement.ts';

export { executorKey, executorOf, type CopyOut, type Executor, type StatementOptions, type StatementPurpose } from './db/context.ts';
export type { Call, CompiledStatement, Connection, CopyEncoding, CopySource, Cursor, Outcome, ResultColumn, RowShape } from './db/port.ts';
export type { BinaryCodec, Codec, TextCodec, WireBytes, WireWriter } from './value/codec.ts';
export {
  identityOf,
  refineKind,
  type Comparison,
  type OperationClass,
  type OperationFamily,
  type Problem,
  type ValueKind,
} from './value/kind.ts';
export { arrayCodec, arrayKind } from './value/array.ts';
export { bigintKind, booleanKind, countKind, doubleKind, intKind, realKind, smallintKind } from './value/number.ts';
export { textKind } from './value/text.ts';
export { dateKind, instantKind, timestampKind, timestamptzKind } from './value/time.ts';
export { intervalKind } from './value/interval.ts';
export { uuidKind } from './value/binary.ts';
export { sha256Hex } from './ident/sha256.ts';
export { statementsOf, type StatementSpan } from './pg/sql-scanner.ts';
export {
  byteLength,
  columnNameOf,
  derivedName,
  identifierProblem,
  MAX_IDENTIFIER_BYTES,
  quoteIdentifier,
  quoteLiteral,
  strictIdentifierProblem,
  type DerivedSuffix,
} from './ident/identifier.ts';
export { unreachable } from './error/error.ts';
