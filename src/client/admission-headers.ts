/** Headers by which a client asks what admission changed, and is told (apiserver/admission/explained-changes.ts). */

/** Of the request: `kubetick-explain: admission`. */
export const EXPLAIN_HEADER = 'kubetick-explain';
/** Of the answer. */
export const CHANGES_HEADER = 'kubetick-admission';
