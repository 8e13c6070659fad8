// The words, German and English, by which a brief's text is known to be about a place or a figure.
// Parts of words count, since German joins them: "Zauberwald" is a forest.

export type Place =
  | 'forest' | 'sea' | 'island' | 'mountains' | 'city' | 'space' | 'castle' | 'desert' | 'snow' | 'meadow'
  | 'village' | 'house' | 'underwater' | 'jungle'

export type Motif =
  | 'dragon' | 'boat' | 'lighthouse' | 'rocket' | 'cat' | 'fox' | 'bear' | 'owl' | 'rabbit' | 'whale' | 'robot'
  | 'balloon' | 'child' | 'tree' | 'train' | 'bird' | 'star' | 'unicorn' | 'elephant' | 'mouse' | 'dog' | 'snowman'
  | 'tent' | 'fish' | 'octopus' | 'turtle' | 'hedgehog' | 'penguin' | 'camel' | 'ghost'

const places: readonly [Place, RegExp][] = [
  ['underwater', /unter wasser|unterwasser|meeresgrund|under ?water|under the sea|bottom of the sea|u-boot|submarine|meerjungfrau|mermaid|korall|coral/],
  ['space', /weltraum|weltall|planet|galax|raumschiff|rakete|astronaut|raumstation|\bmars\b|spaceship|outer space|rocket|(auf|zum|hinter) de[mrn] mond|(on|to) the moon|alien|außerirdisch/],
  ['snow', /schnee|winter|eisbär|polar|\beis\b|eises|snow|\bice\b|icy|arktis|arctic|weihnacht|christmas|pinguin|penguin|schlitten|sleigh/],
  ['jungle', /dschungel|urwald|jungle|rainforest|regenwald|affe\b|affen|monkey|tiger|safari|elefant|elephant/],
  ['island', /leuchtturm|lighthouse|insel|island|klippe|cliff|küste|coast/],
  ['desert', /wüste|desert|kamel|camel|pyramid|oase|oasis|ägypt|egypt|sand(?!mann|wich|man)|sahara/],
  ['castle', /schloss|burg\b|burgen|castle|könig|prinz|ritter|\bking|queen|prince|knight|palast|palace|turmzimmer|thron/],
  ['sea', /meer\b|meere|ozean|ocean|\bsea\b|schiff|\bship|boot\b|boat|segel|sail|hafen|harbour|harbor|pirat|wale?\b|whale|welle|wave|matrose|fluss|river|\bsee\b|\blake\b|strand|beach/],
  ['mountains', /berg|gebirge|gipfel|alpen|alm\b|mountain|summit|peak|vulkan|volcano|höhle|\bcave|wolken|clouds/],
  ['city', /stadt|straße|\bcity|street|town(?!sfolk)|hochhaus|dächer|dach\b|roof|bäckerei|bakery|buchladen|bookshop|museum|café|u-bahn|subway|detektiv|detective|bibliothek|library|aufzug|lift\b/],
  ['forest', /wald|wälder|forest|wood(s|land)?\b|baumhaus|treehouse|tree house|eiche|pilz|mushroom|lichtung/],
  ['village', /dorf|village|schule|school|kindergarten|bahnhof|station\b|zug\b|eisenbahn|train|markt|market|mühle|\bmill\b|gasse|lane\b|bauernhof|\bfarm/],
  ['house', /haus|zuhause|\bhouse|\bhome|zimmer|\broom|\bbett|\bbed(?!time)|dachboden|attic|keller|cellar|fenster|window|großmutter|oma\b|grandma|gran\b|opa\b|küche|kitchen|sandmann|mond\b|moon\b/],
  ['meadow', /wiese|meadow|garten|gärten|garden|feld|field|blume|flower|hügel|\bhill|schmetterling|butterfl|biene|\bbee|park\b|picknick|picnic|regenbogen|rainbow/],
]

const motifs: readonly [Motif, RegExp][] = [
  ['dragon', /drache|dragon/],
  ['unicorn', /einhorn|unicorn|pferd|pony|horse|stute|hengst/],
  ['robot', /roboter|robot|maschinen?mensch|android/],
  ['rocket', /rakete|rocket|raumschiff|spaceship|astronaut/],
  ['whale', /\bwale?\b|walfisch|blauwal|whale/],
  ['octopus', /krake|tintenfisch|octopus|squid/],
  ['turtle', /schildkröte|turtle|tortoise/],
  ['penguin', /pinguin|penguin/],
  ['snowman', /schneemann|snowman/],
  ['hedgehog', /igel\b|igels|hedgehog/],
  ['fox', /fuchs|füchs|\bfox/],
  ['bear', /bär\b|bären|\bbear\b|bears\b|teddy/],
  ['owl', /eule|uhu\b|kauz|\bowl/],
  ['rabbit', /hase\b|hasen|häschen|kaninchen|rabbit|bunny|\bhare\b/],
  ['elephant', /elefant|elephant/],
  ['camel', /kamel|dromedar|camel/],
  ['mouse', /maus\b|mäus|\bmouse|\bmice/],
  ['cat', /katze|kater\b|kätzchen|\bcat\b|cats\b|kitten/],
  ['dog', /hund\b|hunde|hündin|welpe|dackel|\bdog\b|dogs\b|puppy/],
  ['bird', /vogel|vögel|bird|rabe\b|raben|raven|möwe|gull|amsel|spatz|sparrow|papagei|parrot|gans\b|goose/],
  ['ghost', /gespenst|geist\b|ghost|spuk/],
  ['lighthouse', /leuchtturm|lighthouse/],
  ['balloon', /ballon|balloon|luftschiff|airship/],
  ['train', /zug\b|eisenbahn|lokomotive|dampflok|\btrain|locomotive/],
  ['tent', /zelt|\btent|camping|lagerfeuer|campfire/],
  ['fish', /fisch|\bfish/],
  ['boat', /schiff|\bship|boot\b|boots|boat|segel|sail|pirat|floß|raft/],
  ['star', /sternschnuppe|stern\b|sterns|shooting star|falling star|\bstar\b/],
  ['tree', /baum|bäume|\btree/],
  ['child', /mädchen|junge\b|jungen\b|\bgirl|\bboy|kind\b|kinder|child/],
]

interface Hit<T> {
  what: T
  at: number
}

/** What is named first in a text, the more specific one where both begin at the same place. */
function firstNamed<T>(text: string, words: readonly [T, RegExp][]): T | undefined {
  let best: Hit<T> | undefined
  for (const [what, pattern] of words) {
    const at = text.search(pattern)
    if (at >= 0 && (best === undefined || at < best.at)) best = { what, at }
  }
  return best?.what
}

/** The place that a text (in lower case) names, the most telling one first. */
export const placeOfWords = (text: string): Place | undefined => places.find(([, pattern]) => pattern.test(text))?.[0]

/** The figure that a text (in lower case) names first. */
export function motifOfWords(text: string): Motif | undefined {
  const named = firstNamed(text, motifs)
  if (named !== 'child' && named !== 'tree') return named
  // A child or a tree is in many a story: whatever else is in it says more.
  return firstNamed(text, motifs.filter(([what]) => what !== 'child' && what !== 'tree')) ?? named
}
