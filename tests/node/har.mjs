// har: what others say of a HAR file: har-schema, and ajv with all of its formats.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { NODE_PACKAGES } = process.env;
assert.ok(NODE_PACKAGES, 'NODE_PACKAGES must name the folder where ci/npm is installed');

const require = createRequire(`${NODE_PACKAGES}/`);
const Ajv = require('ajv');
const addFormats = require('ajv-formats');
const schemas = require('har-schema');

// The schemas have words of their own, and name a dialect that ajv has besides its usual one.
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addMetaSchema(require('ajv/dist/refs/json-schema-draft-06.json'));
addFormats(ajv, { mode: 'full' });
ajv.addSchema(Object.values(schemas));

// What is wrong with it, a line for each fault.
export function faultsOfHar(har) {
	const validate = ajv.getSchema('har.json#');

	return validate(har) ? [] : validate.errors.map(e => `${e.instancePath}: ${e.message}`);
}

export const readHar = path => JSON.parse(readFileSync(path, 'utf8'));
