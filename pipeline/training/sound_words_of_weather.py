"""How people say what wind, rain and water are heard to do."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
WEATHER_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "wind": (
        "{wind|the wind|gusts of wind|wind noise|windy weather|winds|blowing wind}",
        "{wind|the wind|a breeze} {rustling|in the trees|in the microphone}",
        "{%breeze|%gust|%gale|%wind gust|%gust of wind|%strong wind|%light wind|%light breeze|"
        "%storm wind|%windy day|%windy night|%howling wind|%whistling wind|%blustery day|"
        "%hurricane|%tornado|%cyclone|%typhoon|%squall|%draught|%draft|%rustling leaf|%rustling "
        "tree|%blowing gale|%cold wind|%icy wind|%wind chime in a breeze|%sandstorm|%snowstorm|"
        "%blizzard|%wind storm|%windstorm}",
        "{windy|gusty wind|blustery wind|high winds|gale force winds|wind in the leaves|wind on "
        "the microphone|wind through the trees|wind around the house|wind against the window|the "
        "howl of the wind|the whistle of the wind|the rush of wind|the wind in the chimney|the "
        "rustle of leaves|rustling of leaves|leaves in the wind|trees in the wind|a flag "
        "flapping in the wind|flapping canvas|blowing air|an air current|rushing wind|wind "
        "rumble|wind buffeting|moving air}",
        "{wind|the wind|a breeze|a gale|a gust|a storm wind|a strong wind} {~blow|~howl|~whistle|"
        "~rustle the leaves|~roar|~moan|~gust|~rush|~whip|~shake the trees|~blow hard|~blow "
        "through the trees|~rattle the window|~blow outside|~pick up|~whoosh}",
        "{winds|gusts|leaves|trees|branches} {^blow|^howl|^rustle|^sway|^whistle|^rustle in the "
        "wind|^move in the wind|^roar}",
    ),
    "rain": (
        "{rain|the rain|falling rain|it is raining|rainy weather|raining|it rains|rains|drops of "
        "rain}",
        "{rain|raindrops|the rain} {is falling|on the roof|on the window|pouring|falls|on leaves|"
        "on the ground|outside}",
        "{%rain shower|%shower|%downpour|%cloudburst|%rainstorm|%rain storm|%raindrop|%rain drop|"
        "%drizzle|%rainy day|%rainy night|%heavy shower|%heavy rain|%light rain|%torrential rain|"
        "%steady rain|%soft rain|%gentle rain|%spring shower|%monsoon|%wet day|%rain gutter|"
        "%gutter|%hail shower|%hailstorm|%rain cloud|%deluge|%summer rain|%spell of rain|%rain "
        "on a roof|%puddle with raindrops|%squall of rain|%sprinkle of rain}",
        "{rainfall|rainy|pouring rain|pouring|pouring down|drizzling|drizzling rain|spitting "
        "rain|rain hammering down|rain beating down|rain on glass|rain on a tin roof|rain on an "
        "umbrella|rain on the pavement|rain on the sidewalk|rain in the street|rain hitting the "
        "ground|rain drumming|the patter of rain|the patter of raindrops|the drumming of rain|"
        "the pitter patter of rain|pitter patter|falling rain outside|wet weather|bad weather|"
        "hail|hail on the roof|sleet|water falling from the sky|it pours|it is pouring|it is "
        "drizzling|a wet street in the rain|storm rain}",
        "{rain|the rain|heavy rain|light rain|a shower|hail|a drizzle|a downpour} {~fall|~pour|"
        "~patter|~drum on the roof|~beat on the window|~hit the window|~splash|~start|~come down|"
        "~hammer on the roof|~lash the window|~drip from the roof|~pour down|~fall on leaves|"
        "~drizzle|~trickle}",
        "{raindrops|drops of rain|showers|rain drops} {^fall|^patter|^hit the roof|^hit the "
        "window|^splash|^drum on the roof|^fall on the ground|^drip from leaves}",
    ),
    "sea_waves": (
        "{the sea|the ocean|waves on a beach|the surf|waves of the sea|the sound of the sea|"
        "ocean surf|the shore}",
        "{waves|sea waves|ocean waves|the sea|the ocean|the surf|water} {crashing|crash|breaking|"
        "break|roaring|on the beach|on the shore|at the beach|crashing on the shore|washing up|"
        "splashing on the beach|hitting the shore}",
        "{%sea wave|%ocean wave|%wave|%breaking wave|%crashing wave|%beach|%seashore|%sea shore|"
        "%seaside|%coast|%coastline|%shore|%shoreline|%ocean|%sea|%surf|%breaker|%tide|%rolling "
        "wave|%big wave|%small wave|%sandy beach|%pebble beach|%rocky shore|%harbour|%harbor|"
        "%swell|%seafront|%lapping wave|%wave on the shore|%wave on a beach|%stormy sea|%rough "
        "sea|%calm sea|%incoming tide|%ripple on a lake|%lake shore|%surging wave|%tidal wave|"
        "%ocean beach}",
        "{waves on rocks|waves against rocks|waves lapping|waves hitting rocks|waves breaking on "
        "the shore|the wash of waves|the roar of the sea|the roar of the ocean|the crash of "
        "waves|the lapping of waves|the splash of waves|the swash of the sea|sea sounds|ocean "
        "sounds|sea noise|ocean noise|seaside sounds|surf on a beach|surf breaking|foaming surf|"
        "the seaside|the coast|water lapping|water lapping on the shore|salt water waves|surging "
        "sea}",
        "{waves|the waves|breakers|sea waves|ocean waves|big waves} {^crash|^break|^roll in|^lap "
        "at the shore|^wash ashore|^hit the rocks|^roar|^splash|^surge|^pound the shore|^crash "
        "on rocks|^break on the beach|^swell|^come in}",
        "{the sea|the ocean|the surf|the tide|a wave|sea water} {~crash|~roar|~splash|~surge|"
        "~roll in|~break on the beach|~lap at the shore|~pound the shore|~wash ashore|~come in|"
        "~hit the rocks}",
    ),
    "water_running": (
        "{running water|tap water|pouring water|a bathtub filling|a shower running|a leak}",
        "{%running tap|%open tap|%running faucet|%open faucet|%tap|%faucet|%shower running in a "
        "bathroom|%bathroom tap|%kitchen tap|%kitchen sink|%sink|%basin|%bathtub|%bath filling|"
        "%bath tub|%hose|%garden hose|%water hose|%fountain|%waterfall|%stream|%creek|%brook|"
        "%river|%babbling brook|%rushing river|%flowing river|%toilet flush|%flushing toilet|"
        "%toilet|%burst pipe|%leaking pipe|%water leak|%pipe leak|%broken water pipe|%flooding "
        "basement|%flood|%sprinkler|%water pump|%gushing pipe|%water pipe|%drain|%filling bucket|"
        "%cascade|%jet of water|%running shower|%cistern}",
        "{flowing water|gushing water|rushing water|gurgling water|gurgling|trickling water|a "
        "trickle of water|splashing water|splashing|pouring water into a glass|pouring a drink|"
        "filling a glass|filling a bucket|filling a bath|water from a tap|water from a hose|"
        "water in a pipe|spraying water|water flooding in|flooding|flushing|a toilet being "
        "flushed|taking a shower|someone in the shower|washing hands|rinsing|babbling water|a "
        "tap left on|a faucet left on|a tap left running|a liquid being poured|bubbling water|"
        "boiling water}",
        "{water|a tap|a faucet|a stream|a river|a hose|the tap|a fountain|a pipe|a toilet|a "
        "brook} {~run|~flow|~gush|~pour|~gurgle|~splash|~trickle|~bubble|~rush|~leak|~spray|"
        "~stream|~burst|~flush|~fill the sink|~be left on|~be turned on}",
        "{someone|a person|somebody|a man|a woman} {~pour water|~wash hands|~wash the dishes|"
        "~take a shower|~fill a bottle|~flush the toilet|~water the garden|~turn on the tap|"
        "~turn on the faucet|~fill a bucket|~hose the yard}",
    ),
    "water_dripping": (
        "{drops of water}",
        "{water|a tap|a faucet|drops} {drips|is dripping|drip|falling drop by drop}",
        "{%drip|%dripping tap|%leaking tap|%dripping faucet|%leaking faucet|%leaky tap|%leaky "
        "faucet|%drop of water|%water drop|%droplet|%water droplet|%water drip|%dripping pipe|"
        "%dripping gutter|%leaking roof|%leaky roof|%dripping roof|%falling drop|%single drop|"
        "%drip of water|%plink of water|%plop|%drop falling into water|%dripping ceiling|"
        "%dripping cave|%leaky pipe|%slow leak}",
        "{drip drip|dripping|dripping water|drops into a bucket|drips in a sink|plinking drops|"
        "plopping|the drip of a tap|the drip of water|the dripping of a tap|the dripping of "
        "water|the plop of a drop|water dripping from a tap|water dripping in a cave|water "
        "dropping|tap dripping|faucet dripping|slow dripping|a ceiling leak}",
        "{water|a tap|a faucet|a pipe|a roof|the tap|a drop|the faucet} {~drip|~drip slowly|"
        "~leak drop by drop|~drip into a sink|~drip on the floor|~drip into a bucket|~plop|~drip "
        "from the ceiling}",
        "{a gutter} {~drip|~drip slowly|~leak drop by drop|~drip into a sink|~drip on the floor|"
        "~plop|~drip from the ceiling}",
        "{drops|water drops|drops of water|droplets|drips} {^drip|^fall|^fall slowly|^fall into "
        "a sink|^plop|^fall into a bucket|^plink|^drop}",
    ),
}
