/**
 * MongoDB's operators and stages that this server lacks: refused as not supported rather than as unknown
 * (MongoDB's reference, "Operators" and "Aggregation Stages").
 */
export const LEFT_OUT = {
  queries: names("expr jsonSchema text where alwaysTrue alwaysFalse sampleRate"),
  queryOperators: names(
    "bitsAllClear bitsAllSet bitsAnyClear bitsAnySet geoIntersects geoWithin near nearSphere expr jsonSchema text where",
  ),
  updateOperators: names("bit pullAll"),
  stages: names(
    "bucket bucketAuto changeStream collStats currentOp densify documents facet fill geoNear graphLookup indexStats " +
      "lookup merge out planCacheStats redact sample search searchMeta setWindowFields unionWith vectorSearch",
  ),
  accumulators: names(
    "accumulator bottom bottomN firstN lastN maxN median mergeObjects minN percentile stdDevPop stdDevSamp top topN",
  ),
  expressions: names(
    "abs accumulator acos acosh allElementsTrue anyElementTrue arrayToObject asin asinh atan atan2 atanh avg binarySize " +
      "bitAnd bitNot bitOr bitXor bsonSize ceil cmp concatArrays convert cos cosh dateAdd dateDiff dateFromParts " +
      "dateFromString dateSubtract dateToParts dateToString dateTrunc dayOfMonth dayOfWeek dayOfYear degreesToRadians " +
      "exp filter first firstN floor function getField hour indexOfArray indexOfBytes indexOfCP isArray isNumber " +
      "isoDayOfWeek isoWeek isoWeekYear last lastN let ln log log10 ltrim map max maxN median mergeObjects meta min minN " +
      "minute millisecond mod month objectToArray percentile pow radiansToDegrees rand range reduce regexFind " +
      "regexFindAll regexMatch replaceAll replaceOne reverseArray round rtrim sampleRate second setDifference setEquals " +
      "setField setIntersection setIsSubset setUnion sin sinh slice sortArray split sqrt stdDevPop stdDevSamp " +
      "strcasecmp strLenBytes strLenCP substr substrBytes substrCP sum switch tan tanh toBool toDate toDecimal toDouble " +
      "toHashedIndexKey toInt toLong toLower toObjectId toString toUpper trim trunc tsIncrement tsSecond type " +
      "unsetField week year zip",
  ),
} as const;

function names(list: string): ReadonlySet<string> {
  return new Set(list.split(" ").map((name) => `$${name}`));
}
