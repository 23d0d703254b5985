import { z } from 'zod';

/** What can be asked of one of our ports, as the OpenAPI document tells it. */
export interface Operation {
  method: 'get' | 'post' | 'put' | 'delete';
  /** As OpenAPI writes it: `/v1/partners/{id}`. */
  path: string;
  operationId: string;
  tag: string;
  summary: string;
  description?: string;
  /** Whether a key must be given, may be given, or means nothing. */
  key: 'required' | 'optional' | 'none';
  parameters: readonly Parameter[];
  /** Schemas by media type. */
  body?: Readonly<Record<string, z.ZodType>>;
  responses: Readonly<Record<number, Answer>>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header' | 'cookie';
  required: boolean;
  description?: string;
  schema: JsonObject;
}

export interface Answer {
  description: string;
  /** Schemas by media type; absent: no body. */
  content?: Readonly<Record<string, z.ZodType>>;
}

export type JsonObject = Record<string, unknown>;

/** A schema as JSON Schema 2020-12; `input` as it is sent to us, `output` as we send it. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const json = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonObject;
  // The document says once for all which dialect it is.
  delete json['$schema'];
  return json;
}

/** A parameter for each field of an object's schema. */
export function parametersOf(place: Parameter['in'], schema: z.ZodType): Parameter[] {
  const { properties = {}, required = [] } = jsonSchemaOf(schema, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...json }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(typeof description === 'string' ? { description } : {}),
    schema: json,
  }));
}

/** Stands for the RFC 9457 body that every error of ours has. */
const problem = z.unknown().meta({ $ref: '#/components/schemas/Problem' });

export function problemAnswer(description: string): Answer {
  return { description, content: { 'application/problem+json': problem } };
}
