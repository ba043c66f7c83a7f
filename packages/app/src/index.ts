export { AppError } from './errors.js';
