/** What the holder of a project token reads: `/project/secrets`, `/project/run`, `/project/config`, `/project/template`. */

import * as z from "zod";
import { ProjectSecretsResponse } from "../../shared/api/project.ts";
import { RunReleaseRequest, RunReleaseResponse } from "../../shared/api/run_release.ts";
import { RenderedTemplate, RenderTemplateRequest, TemplateNeeds } from "../../shared/api/templates.ts";
import { textAnswer } from "../http/answer.ts";
import { projectEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ProjectConfigService } from "../services/release/project_config.ts";
import type { ProjectRunService } from "../services/release/project_run.ts";
import type { ProjectSecretsService } from "../services/release/project_secrets.ts";
import type { ProjectTemplateService } from "../services/release/project_template.ts";

export interface ProjectReadServices {
  readonly projectSecrets: ProjectSecretsService;
  readonly projectRun: ProjectRunService;
  readonly projectConfig: ProjectConfigService;
  readonly projectTemplate: ProjectTemplateService;
}

export function projectReadRoutes(services: ProjectReadServices): Routes {
  const { projectSecrets, projectRun, projectConfig, projectTemplate } = services;
  return {
    "GET /project/secrets/:project": projectEndpoint(
      { answer: ProjectSecretsResponse },
      ({ caller, headOnly }) => projectSecrets.read(caller, headOnly),
    ),
    "POST /project/run/:project": projectEndpoint(
      { body: RunReleaseRequest, answer: RunReleaseResponse },
      ({ caller, body }) => projectRun.release(caller, body),
    ),
    "GET /project/config/:project/:app": projectEndpoint(
      { answerTypes: ["text/plain", "application/json"] },
      async ({ caller, param }) => {
        const { text, contentType } = await projectConfig.render(caller, param("app"));
        return textAnswer(text, contentType);
      },
    ),
    "POST /project/template/:project": projectEndpoint(
      { body: RenderTemplateRequest, answer: z.union([RenderedTemplate, TemplateNeeds]) },
      ({ caller, body }) => projectTemplate.render(caller, body),
    ),
  };
}
