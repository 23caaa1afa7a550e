// flags: which of these the command line gives; anything else there ends the program with status 2.

import { parseArgs } from 'node:util';

export function flagsOf(...names) {
	const options = Object.fromEntries(names.map(name => [name, { type: 'boolean' }]));

	try {
		return parseArgs({ options }).values;
	} catch (error) {
		console.error(`${error.message}; there are ${names.map(name => `--${name}`).join(' and ')}`);
		process.exit(2);
	}
}
