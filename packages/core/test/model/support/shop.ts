// A module as an application has it: models among other exports.

import { f, model, pgEnum, type InferEnum } from '../../../src/index.ts';
import { link } from './link.ts';

export const Status = pgEnum('status', ['open', 'paid']);
export type Status = InferEnum<typeof Status>;

export class Customer extends model('customers', { name: f.text() }) {}
export class OrderLine extends model('order_lines', { customer: link(Customer), status: f.enum(Status).default('open') }) {}

export const taxRate = 0.19;
export const greet = (): string => 'hello';
export default null;
