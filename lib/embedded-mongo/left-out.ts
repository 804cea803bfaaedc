/**
 * What MongoDB has and this server lacks: refused as not supported rather than as unknown (MongoDB's reference, "Database
 * Commands", "Operators", "Aggregation Stages", "Variables in Aggregation Expressions").
 */
export const LEFT_OUT = {
  queries: names("expr jsonSchema text where alwaysTrue alwaysFalse sampleRate"),
  queryOperators: names(
    "bitsAllClear bitsAllSet bitsAnyClear bitsAnySet geoIntersects geoWithin near nearSphere within maxDistance " +
      "minDistance expr jsonSchema text where ref id db",
  ),
  types: words(
    "undefined dbPointer javascript symbol javascriptWithScope minKey maxKey 6 12 13 14 15 127 -1",
  ),
  updateOperators: names("bit pullAll"),
  stages: names(
    "bucket bucketAuto changeStream changeStreamSplitLargeEvent collStats currentOp densify documents facet fill " +
      "geoNear graphLookup indexStats listLocalSessions listSampledQueries listSearchIndexes listSessions lookup merge " +
      "out planCacheStats redact sample search searchMeta setWindowFields shardedDataDistribution unionWith vectorSearch",
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
  variables: words("NOW CLUSTER_TIME REMOVE DESCEND PRUNE KEEP SEARCH_META USER_ROLES"),
  commands: words(
    "abortTransaction analyze analyzeShardKey applyOps authenticate autoCompact bulkWrite collMod collStats " +
      "commitTransaction compact connectionStatus convertToCapped createRole createSearchIndexes createUser currentOp " +
      "dataSize dbHash dbStats dropRole dropSearchIndex dropUser explain features filemd5 fsync fsyncUnlock getCmdLineOpts " +
      "getDefaultRWConcern getLog getParameter grantRolesToUser hostInfo invalidateUserCache killAllSessions killOp " +
      "killSessions listCommands listSearchIndexes lockInfo logRotate logout mapReduce planCacheClear " +
      "planCacheClearFilters planCacheListFilters planCacheSetFilter profile refreshSessions reIndex renameCollection " +
      "replSetGetStatus replSetInitiate rolesInfo rotateCertificates serverStatus setDefaultRWConcern " +
      "setFeatureCompatibilityVersion setParameter shutdown startSession top updateRole updateSearchIndex updateUser " +
      "usersInfo validate whatsmyuri",
  ),
  /** Arguments of commands that exist, by the name in their errors. */
  arguments: {
    create: words(
      "autoIndexId size max expireAfterSeconds pipeline validationLevel validationAction indexOptionDefaults idIndex",
    ),
    "createIndexes.indexes": words(
      "2dsphereIndexVersion bits bucketSize clustered columnstoreProjection default_language dropDups language_override " +
        "max min prepareUnique textIndexVersion",
    ),
    FindCommandRequest: words("encryptionInformation readOnce"),
    aggregate: words("encryptionInformation"),
    insert: words("encryptionInformation"),
    update: words("encryptionInformation"),
    delete: words("encryptionInformation"),
    findAndModify: words("encryptionInformation"),
  } as Readonly<Record<string, ReadonlySet<string>>>,
} as const;

function names(list: string): ReadonlySet<string> {
  return new Set(list.split(" ").map((name) => `$${name}`));
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(" "));
}
