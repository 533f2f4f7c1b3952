import { oneOfClasses } from './classes.js';
import { defineObjective } from './objective.js';

/** The class of an image. */
export const imageClassification = defineObjective({
  ...oneOfClasses,
  name: 'image-classification',
  title: 'Class of an image',
  examples: 'images',
});
