import { scanListing } from '../../../src/store/scan-listing';

const content = (more = '', key = 'a/b'): string =>
  `<Contents><Key>${key}</Key><LastModified>2026-01-15T10:00:00.000Z</LastModified><ETag>&quot;0f&quot;</ETag><Size>12</Size>${more}</Contents>`;
const page = (contents: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult><Name>b</Name>${contents}<IsTruncated>false</IsTruncated></ListBucketResult>`;
const OBJECT = { Key: 'a/b', Size: 12, ETag: '"0f"', LastModified: new Date('2026-01-15T10:00:00Z') };

describe('of a page', () => {
  test('the objects are taken out and all else is left', () => {
    expect(scanListing(page(content() + content('<StorageClass>STANDARD</StorageClass>', 'c')))).toEqual({
      contents: [OBJECT, { ...OBJECT, Key: 'c', StorageClass: 'STANDARD' }],
      rest: page(''),
    });
  });

  test.each([
    ['checksums', content('<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>')],
    ['an owner', content('<Owner><ID>1</ID><DisplayName>me</DisplayName></Owner>')],
    ['an empty owner', content('<Owner/>')],
  ])('objects may have %s', (_name, contents) => {
    expect(scanListing(page(contents))?.contents).toEqual([OBJECT]);
  });

  test.each([
    ['a&amp;b&lt;c&gt;&quot;&apos;', 'a&b<c>"\''],
    ['a%20b+c', 'a%20b+c'],
    ['&amp;lt;', '&lt;'],
  ])('the key %s is read', (text, key) => {
    expect(scanListing(page(content('', text)))?.contents[0]?.Key).toBe(key);
  });

  test.each([
    ['no objects', ''],
    ['an object in the archive, which may have been restored', content('<StorageClass>GLACIER</StorageClass>')],
    [
      'an element with elements in it',
      content('<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>'),
    ],
    ['an attribute', content('<Owner type="x"><ID>1</ID></Owner>')],
    ['an entity that is not known', content('', 'a&#233;')],
    ['half an entity', content('', 'a&amp')],
    ['character data', content('', '<![CDATA[a]]>')],
    ['a comment', content('<!-- x -->')],
    ['space between elements', content('\n ')],
    ['space between objects', `${content()}\n${content()}`],
    ['something between objects', `${content()}<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>${content()}`],
    ['no key', content('', '')],
    ['no size', content().replace('<Size>12</Size>', '')],
    ['a size that is none', content().replace('12', '-1')],
    ['no date', content().replace(/<LastModified>.*<\/LastModified>/, '')],
    ['an end that is missing', content().replace('</Contents>', '')],
    ['objects in objects', content(content())],
  ])('with %s nothing is taken', (_name, contents) => {
    expect(scanListing(page(contents))).toBeUndefined();
  });
});
