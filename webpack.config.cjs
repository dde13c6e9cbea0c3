/**
 * The frontend: `src/module.ts` to `dist/module.js`, one AMD module as Grafana's loader takes it. What Grafana shares with
 * its plugins stays outside; all else is in the bundle. The backend, plugin.json and the dashboards are `tools/build.ts`.
 */
const { join } = require('node:path');
const { id } = require('./plugin.json');

/** Shared by Grafana 12.3 and newer. `@grafana/i18n` and `@grafana/schema` are not. */
const SHARED = [
  'react',
  'react/jsx-runtime',
  'react-dom',
  'react-redux',
  'redux',
  'react-router',
  'rxjs',
  'rxjs/operators',
  'lodash',
  'moment',
  'jquery',
  'd3',
  'slate',
  'slate-plain-serializer',
  'prismjs',
  'i18next',
  'emotion',
  '@emotion/css',
  '@emotion/react',
  '@grafana/slate-react',
  '@grafana/data',
  '@grafana/ui',
  '@grafana/runtime',
];

/** @type {import('webpack').Configuration} */
module.exports = {
  mode: 'production',
  context: __dirname,
  entry: { module: './src/module.ts' },
  output: {
    path: join(__dirname, 'dist'),
    filename: '[name].js',
    chunkFilename: 'chunk-[name].js',
    library: { type: 'amd' },
    publicPath: `public/plugins/${id}/`,
    uniqueName: id,
  },
  externals: [{ 'amd-module': 'module' }, ...SHARED],
  devtool: 'source-map',
  resolve: { extensions: ['.ts', '.tsx', '.mjs', '.js'] },
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        exclude: /node_modules/,
        use: {
          loader: 'swc-loader',
          options: {
            jsc: {
              parser: { syntax: 'typescript', tsx: true },
              transform: { react: { runtime: 'automatic' } },
              target: 'es2022',
            },
          },
        },
      },
      { test: /\.css$/, use: ['style-loader', 'css-loader'] },
    ],
  },
  performance: { hints: false },
  stats: 'errors-warnings',
};
