/** Bounds of templates that the small programs check as well, apart from the schemas that they do not load. */

/** Longest text of a template that an agent brings: far above any configuration file. */
export const MAX_TEMPLATE_CHARACTERS = 128 * 1024;
