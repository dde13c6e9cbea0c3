/**
 * Loads what reads Parquet, for an object that needs it: that takes some milliseconds the first time, since codecs make their
 * tables when they are loaded.
 */
export const loadParquet = () => import('./unpack-parquet');
