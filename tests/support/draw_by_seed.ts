/** Loaded before each test file: properties draw their cases by the seed of the run. */

import fc from "fast-check";
import { SEED } from "./seed.ts";

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: SEED });
