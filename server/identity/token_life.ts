/** How long signed tokens live. Apart from the tokens themselves, because how long a key is needed follows from it. */

import { DAY } from "../../shared/clock.ts";

export const ACCESS_TOKEN_LIFE = 30 * DAY;
export const PROJECT_TOKEN_LIFE = 14 * DAY;

/** No token of any kind lives longer. */
export const LONGEST_TOKEN_LIFE = Math.max(ACCESS_TOKEN_LIFE, PROJECT_TOKEN_LIFE);
