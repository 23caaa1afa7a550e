// Whether what mlproxy writes is HAR to those who have nothing to do with mlproxy.

import assert from 'node:assert/strict';

import { faultsOfHar, readHar } from './har.mjs';
import { test } from './rig.mjs';

const fixture = name => readHar(new URL(`../../fixtures/${name}`, import.meta.url));

// wire/har writes this file: test_har.c sees to it.
test('har_of_ours_is_valid', () => {
	const har = fixture('har/ours.har');

	assert.deepEqual(faultsOfHar(har), []);
	assert.equal(har.log.entries.length, 5);
});

for (const name of ['mitmproxy-11', 'playwright-embed'])
	test(`har_of_others_is_valid: ${name}`, () => {
		assert.deepEqual(faultsOfHar(fixture(`imports/${name}.har`)), []);
	});

// What validators are known to refuse, so that a valid file says something.
const faults = {
	'/log/entries/0: must have required property \'cache\'': entry => delete entry.cache,
	'/log/entries/0/response/redirectURL: must be string': entry => {
		entry.response.redirectURL = null;
	},
	'/log/entries/0/timings/wait: must be number': entry => {
		entry.timings.wait = null;
	},
	'/log/entries/0/startedDateTime: must match format "date-time"': entry => {
		entry.startedDateTime = '1795248336544';
	},
	'/log/entries/0/request/url: must match format "uri"': entry => {
		entry.request.url = entry.request._url;
	},
};

for (const [fault, spoil] of Object.entries(faults))
	test(`har_with_a_fault_is_not: ${fault}`, () => {
		const har = fixture('har/ours.har');

		spoil(har.log.entries[0]);
		assert.ok(faultsOfHar(har).includes(fault), faultsOfHar(har).join('\n'));
	});

// Who reads `postData.text` alone, as mitmproxy does, gets the body, too.
test('har_with_a_body_has_it_twice', () => {
	const { postData, bodySize, _content } = fixture('har/ours.har').log.entries[4].request;
	const bytes = Buffer.from(_content.text, 'base64');

	assert.deepEqual([...bytes], Array.from({ length: 256 }, (_, i) => i));
	assert.deepEqual(Buffer.from(postData.text, 'latin1'), bytes);
	assert.equal(bodySize, 256);
});
