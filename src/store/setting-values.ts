/** What settings are made of: those of S3, and those of a data source beside them. */
import { z } from 'zod';

/** A text without spaces around it; one that is empty, or `null`, is absent. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || undefined);

export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? undefined);

/** The name of a region, of those that there are and of those to come. */
export const REGION_NAME = /^[A-Za-z0-9-]{1,63}$/;

export const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/;
