// What the package calls itself in sidecars and ledger rows. A test holds it to package.json.

export const TOOL_VERSION = '0.1.0';
