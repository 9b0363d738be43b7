"""How people say where a picture is taken, by what light and weather, and that nobody is there."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sight_words``.
PLACE_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "empty_scene": (
        "{a quiet|a deserted|a still|an ordinary|a calm} {scene|yard|street|room|place|parking "
        "lot|corridor|hall|area|courtyard|building}",
        "{nobody|no one|no people|no person|nothing} {is there|in sight|to see|around|in view|}",
        "{nothing is happening|nothing happens|nothing unusual|nothing going on}",
        "{a house|a wall|a fence|a tree} {with nobody around|and nobody there|and no people}",
        "{a view of|a picture of|} {a yard|a street|a room|a parking lot|a house|a building} {"
        "without people|with no people|with nobody}",
        "{%empty scene|%empty place|%empty yard|%empty street|%empty room|%empty hall|%empty "
        "corridor|%empty hallway|%empty parking lot|%empty car park|%empty courtyard|%empty "
        "warehouse|%empty garden|%empty road|%empty office|%empty building|%empty area|%empty "
        "pavement|%empty sidewalk|%deserted place|%deserted yard|%deserted road|%deserted car "
        "park|%abandoned place|%abandoned street|%abandoned yard|%vacant place|%vacant room|"
        "%vacant lot|%unoccupied room|%quiet place|%calm place|%peaceful place|%peaceful scene|"
        "%quiet scene|%lonely street|%lonely place|%normal scene|%usual scene|%static scene|"
        "%unchanged scene|%still picture|%ordinary day|%normal day|%quiet day|%quiet moment|"
        "%scene without people|%place without people|%background|%empty backdrop|%uneventful "
        "scene|%peaceful yard}",
        "{nothing happening|nothing of interest|nothing to report|nothing special|nothing moving|"
        "nothing moves|nothing there|no activity|no movement|no motion|no event|no events|no "
        "humans|no human|not a soul|no one there|no one here|nobody here|nobody present|nobody "
        "in the yard|nobody in the street|nobody in the room|nobody in the hall|absence of "
        "people|without any people|an absence of activity|all quiet|all is quiet|all clear|all "
        "calm|everything is normal|everything is quiet|everything as usual|business as usual|a "
        "normal situation|a calm situation|just a wall|just the ground|only a wall|only a "
        "building|only buildings|only the background|a tree and a wall|trees|a fence|a wall|a "
        "bare floor|a bare wall|furniture|bushes|grass|vegetation|a sign|a lamp post|an "
        "unattended place|a place with nobody|emptiness|a quiet normal view|peace and quiet|"
        "tranquility}",
        "{the yard|the street|the room|the hall|the corridor|the parking lot|the car park|the "
        "place|the scene|the building|the area|the garden|the hallway|the office} {~be empty|~be "
        "deserted|~be quiet|~be abandoned|~be vacant|~be calm|~be unoccupied|~look normal|~be "
        "still}",
        "{a yard|a street|a room|a hall|a corridor|a parking lot|a car park|a garden|a courtyard|"
        "a warehouse|an office|a hallway} {without anyone|without anybody|with no one|with no "
        "one there|with nobody in it|with nobody in sight|without activity|that is empty}",
    ),
    "yard": (
        "{the yard|a house with a yard|a yard with a fence}",
        "{%yard|%backyard|%back yard|%front yard|%courtyard|%garden|%back garden|%front garden|"
        "%lawn|%patio|%terrace|%inner yard|%fenced yard|%farm yard|%farmyard|%school yard|"
        "%schoolyard|%factory yard|%storage yard|%driveway and yard|%house with a garden|%grassy "
        "yard|%private yard|%walled yard|%green garden|%yard behind a house|%yard of a house|"
        "%property with a fence|%fenced area|%fenced property|%playground}",
        "{the garden|the courtyard|the backyard|the back garden|the lawn|the grounds|the grounds "
        "of a house|private grounds|a grassy area|grass and a fence|a house and a garden|a house "
        "and a fence|an area behind a house|the outside of a house|a plot of land}",
    ),
    "street": (
        "{the street|the road|a street with houses}",
        "{%street|%road|%city street|%town street|%residential street|%side street|%main street|"
        "%main road|%country road|%alley|%alleyway|%lane|%avenue|%pavement|%sidewalk|%roadway|"
        "%roadside|%highway|%motorway|%crossroads|%intersection|%junction|%crossing|%crosswalk|"
        "%pedestrian crossing|%kerb|%curb|%footpath|%public road|%public street|%urban street|"
        "%neighbourhood street|%neighborhood street|%street scene|%street view|%street corner|"
        "%row of houses|%asphalt road|%paved road|%village street|%traffic lane|%cobbled street|"
        "%boulevard}",
        "{the pavement|the sidewalk|the alley|the footpath|the roadway|a road with houses|a "
        "street with buildings|asphalt|tarmac|an urban scene|a city|a town|the city|a "
        "neighbourhood|a neighborhood|a view down the street}",
    ),
    "car_park": (
        "{the car park|the parking lot}",
        "{%car park|%parking lot|%parking area|%parking space|%parking place|%parking bay|"
        "%parking garage|%parking deck|%multi storey car park|%underground car park|%carpark|"
        "%parking ground|%parking zone|%customer car park|%staff car park|%supermarket car park|"
        "%company car park|%parking field|%lot with parking spaces|%lined parking lot|%place to "
        "park|%outdoor parking lot}",
        "{the parking area|the parking spaces|the carpark|the parking garage|parking|car parking|"
        "painted parking bays|marked parking spaces|a lot for cars|a place for parked cars|white "
        "lines of parking spaces}",
    ),
    "room": (
        "{the room}",
        "{%room|%office|%office room|%living room|%bedroom|%meeting room|%conference room|"
        "%classroom|%waiting room|%kitchen|%dining room|%lounge|%sitting room|%study|%hotel room|"
        "%small room|%furnished room|%apartment|%flat|%interior|%interior of a house|%interior "
        "of a room|%indoor room|%indoor space|%shop interior|%reception room|%guest room|%staff "
        "room|%break room|%store room|%lab|%cubicle|%chamber|%office interior|%room with "
        "furniture|%room with a table|%room with a window|%room with chairs|%house interior}",
        "{the office|the living room|the interior|the kitchen|the inside of a room|the inside of "
        "a house|indoor furniture|a desk and a chair|a table and chairs|a sofa and a table|four "
        "walls|a home interior|inside a room|inside a house|inside an office}",
    ),
    "corridor": (
        "{the corridor|an indoor corridor}",
        "{%corridor|%hallway|%passage|%passageway|%aisle|%long corridor|%long hallway|%narrow "
        "corridor|%narrow hallway|%office corridor|%hotel corridor|%school corridor|%hospital "
        "corridor|%indoor passage|%walkway|%indoor walkway|%entrance corridor|%hallway with "
        "doors|%corridor with doors|%tunnel|%gangway|%stairwell|%staircase hallway|%building "
        "corridor|%empty looking hallway|%corridor in a building|%landing|%vestibule}",
        "{the hallway|the passage|the passageway|the aisle|a row of doors|doors along a corridor|"
        "inside a corridor|inside a hallway|a long narrow passage}",
    ),
    "hall": (
        "{the hall}",
        "{%hall|%warehouse|%large hall|%big hall|%factory hall|%storage hall|%factory|%factory "
        "floor|%shop floor|%production hall|%workshop|%depot|%storehouse|%storage room|%storage "
        "area|%distribution centre|%distribution center|%logistics centre|%logistics center|"
        "%industrial hall|%industrial building|%hangar|%gym|%gymnasium|%sports hall|%lobby|"
        "%entrance hall|%foyer|%station hall|%exhibition hall|%market hall|%barn|%plant|%loading "
        "dock|%loading bay|%warehouse with shelves|%hall with shelves|%hall with pallets|"
        "%stockroom|%assembly hall|%auditorium|%concourse|%atrium}",
        "{the warehouse|the factory|the lobby|the depot|shelves and boxes|pallets and shelves|"
        "rows of shelves|inside a warehouse|inside a factory|inside a hall|the inside of a "
        "warehouse|a large indoor space|a big indoor space}",
    ),
    "yard/street/car_park": (
        "{outdoors|a place outdoors}",
        "{%outdoor scene|%outdoor place|%outdoor area|%outdoor view|%exterior|%open space|"
        "%public place|%exterior view|%outside area|%place in the open|%outdoor location}",
        "{outside|in the open|in the open air|out of doors|outside a building|the outside of a "
        "building|the exterior of a building|open air}",
    ),
    "room/corridor/hall": (
        "{indoors|inside a building|a place indoors}",
        "{%indoor scene|%indoor place|%indoor area|%indoor view|%interior view|%interior scene|"
        "%inside of a building|%interior of a building|%indoor location}",
        "{inside|the interior of the building|inside the building|under a roof|within a building|"
        "an inside view}",
    ),
    "sunset": (
        "{the setting sun}",
        "{%sunset|%sunrise|%sundown|%sunup|%setting sun|%rising sun|%low sun|%red sky|%orange "
        "sky|%pink sky|%purple sky|%golden sky|%glowing sky|%colourful sky|%colorful sky|%golden "
        "hour|%evening sky|%morning sky|%evening sun|%morning sun|%red sun|%orange sun|"
        "%afterglow|%sunset glow|%evening glow|%red evening sky|%dawn|%dusk|%daybreak|%twilight|"
        "%sunset scene|%sky at sunset|%sky at dawn|%sun on the horizon|%orange horizon|"
        "%nightfall|%red horizon}",
        "{first light|last light|evening light|morning light|warm evening light|golden light|"
        "golden light of the evening|crepuscular light|a street at sunset|a yard at sunset|a "
        "yard at dusk|a street at dusk|a place at dawn|the break of day|the end of the day|"
        "evening|early evening|early morning|a sky turning red|a sky glowing orange|the glow of "
        "the setting sun}",
        "{the sun|a red sun} {~set|~rise|~go down|~come up|~sink|~be low|~be setting|~be rising}",
        "{the sky} {~glow|~turn red|~turn orange|~be red|~be orange}",
    ),
    "headlights": (
        "{the headlights of a car|headlights of a vehicle|a car with its lights on|headlights at "
        "night}",
        "{%headlight|%headlamp|%car headlight|%vehicle headlight|%bright headlight|%car light|"
        "%vehicle light|%front light of a car|%pair of headlights|%beam of headlights|%headlight "
        "beam|%high beam|%low beam|%full beam|%dazzling headlight|%shining headlight|%light of a "
        "car|%light of a vehicle|%car with headlights|%car with lights on|%vehicle with its "
        "lights on|%truck headlight|%car lamp|%approaching headlight|%glare of headlights|"
        "%headlight in the dark|%cone of light from a car|%car with headlights on|%oncoming "
        "headlight}",
        "{headlights on|headlights in the night|headlights on the wall|headlights in the dark|"
        "headlights sweeping across|headlights of an approaching car|headlights of a truck|car "
        "headlights at night|the lights of a car at night|two bright lights of a car|lights of "
        "passing cars|blinding headlights|the beams of a car|a car shining its lights|a car "
        "driving with lights on at night|a car lighting up the yard}",
        "{headlights|car headlights|the headlights|car lights|headlamps} {^shine|^glare|"
        "^approach|^dazzle|^be on|^flash|^light up the road|^light up the yard|^sweep across the "
        "wall|^be switched on|^turn on|^blind the camera with light}",
        "{the lights of a car} {^shine|^glare|^approach|^dazzle|^be on|^flash|^light up the road|"
        "^light up the yard|^be switched on|^turn on}",
    ),
    "night": (
        "{the dark|dark}",
        "{a street|a yard|a room|a parking lot|a scene|a place|a house|a building} {at night|in "
        "the dark|in darkness|by night|with little light}",
        "{it is dark|it is night|dim light|low light|poor light}",
        "{%night|%dark night|%night scene|%night view|%night shot|%night time|%dark scene|%dark "
        "place|%dark room|%dark street|%dark yard|%dark hall|%dark corridor|%dark hallway|%dark "
        "building|%dark car park|%dark parking lot|%dark alley|%dark garden|%dark road|%dark "
        "area|%dark picture|%dark image|%unlit room|%unlit street|%unlit place|%dimly lit room|"
        "%dimly lit street|%dimly lit place|%poorly lit street|%poorly lit place|%badly lit "
        "place|%badly lit room|%night sky|%dark sky|%black sky|%starry sky|%moonlit yard|"
        "%moonlit night|%moonlit street|%night camera view|%low light image|%low light scene|"
        "%underexposed picture|%gloomy place|%gloomy scene|%gloomy room|%dark evening|%late "
        "evening|%power cut|%power outage|%blackout at night|%night vision image|%infrared night "
        "image|%pitch black room|%shadowy place|%nocturnal scene|%winter night|%summer night|"
        "%darkened room|%darkened street|%street at night time}",
        "{nighttime|darkness|the darkness|the night|in the dark|in darkness|at night|by night|"
        "after dark|after sunset|after nightfall|late at night|in the middle of the night|"
        "midnight|at midnight|pitch dark|pitch black|pitch darkness|total darkness|complete "
        "darkness|near darkness|deep darkness|gloom|dim|dimness|dimmed light|dim lighting|dim "
        "lights|faint light|weak light|little light|very little light|not much light|bad light|"
        "poor lighting|low lighting|no light|no lights|no daylight|without light|lights off|"
        "lights out|the light is off|the light is turned off|moonlight|by moonlight|starlight|"
        "under the stars|lit by the moon|lit by street lamps|lit by a street light|street lamps "
        "at night|street lights at night|lamps in the dark|night vision|infrared view|a night "
        "with little light|everything is dark|it is almost dark|it is pitch dark|it is too dark|"
        "it is very dark|it is getting dark|it got dark|it is late at night|too dark to see|hard "
        "to see in the dark|a picture taken at night|an image taken at night|a city at night|a "
        "town at night|a road at night|a garden at night|a warehouse at night|an office at night|"
        "a corridor at night|a hallway at night|a hall at night|a car park at night|nightfall "
        "has come|nocturnal|dark surroundings|hours of darkness|the night shift|unlit|"
        "unilluminated}",
        "{the room|the street|the yard|the place|the scene|the hall|the corridor|the building|"
        "the car park|the parking lot|the picture|the sky|the office|the garden} {~be dark|~be "
        "very dark|~be unlit|~be in darkness|~lie in the dark|~go dark|~be dimly lit|~be poorly "
        "lit|~be pitch black|~be too dark}",
        "{the lights|the lamps} {^be off|^be out|^go out|^be switched off|^be turned off|^be "
        "dimmed}",
        "{night|darkness|the night} {~fall|~come|~begin|~set in}",
    ),
    "rain": (
        "{rainfall|rainy weather|heavy rain|light rain|wet weather}",
        "{it is raining|it rains|falling rain|a shower}",
        "{a street|a yard|a scene|a house|a parking lot} {in the rain|in rainy weather}",
        "{%rain|%rain shower|%shower of rain|%downpour|%cloudburst|%rainstorm|%drizzle|%raindrop|"
        "%rain drop|%drop of rain|%drop of water on the lens|%raindrop on the lens|%rainy day|"
        "%rainy night|%rainy street|%rainy yard|%rainy scene|%rainy place|%wet street|%wet road|"
        "%wet yard|%wet ground|%wet pavement|%wet day|%puddle|%puddle of rain|%heavy shower|"
        "%heavy rain shower|%streak of rain|%rain streak|%monsoon|%torrential rain|%pouring rain|"
        "%umbrella in the rain|%stormy day|%storm with rain|%rain cloud|%deluge|%grey rainy day|"
        "%gray rainy day|%curtain of rain|%hailstorm}",
        "{rainy|rainy conditions|rain outside|rain in the street|rain in the yard|rain on the "
        "ground|rain on the camera|rain on the lens|raining|raining hard|drizzling|drizzling "
        "rain|pouring down|wet|wet conditions|wet surfaces|bad weather|stormy weather|foul "
        "weather|streaks of rain|drops on the lens|water drops on the lens|lots of rain|driving "
        "rain|rain falling at night|puddles on the ground|puddles in the street|it is pouring|it "
        "is drizzling|it rained|it pours|it is wet outside|a road in the rain|a garden in the "
        "rain|a car in the rain|a place in the rain|people in the rain|a person in the rain|hail|"
        "sleet|rain and wind}",
        "{rain|the rain|heavy rain|a shower|drizzle} {~fall|~pour|~pour down|~come down|~start|"
        "~drizzle|~splash|~run down the lens|~be falling|~blur the view}",
        "{raindrops|rain drops|drops of rain} {^fall|^splash|^hit the ground|^run down the lens|"
        "^be falling|^cover the lens}",
    ),
    "bright_light_change": (
        "{a light switched on|lights switched on}",
        "{a light change|a change of light|sudden brightness}",
        "{%bright light|%strong light|%sudden light|%flash|%flash of light|%light flash|%bright "
        "flash|%camera flash|%flashlight|%torch light|%torch beam|%beam of light|%light beam|"
        "%lamp|%floodlight|%flood light|%spotlight|%search light|%searchlight|%security light|"
        "%porch light|%street lamp|%street light|%ceiling light|%ceiling lamp|%light bulb|"
        "%lantern|%lit lamp|%shining lamp|%bright lamp|%glaring light|%glare|%dazzling light|"
        "%blinding light|%flickering light|%flickering lamp|%strobe light|%light switched on "
        "suddenly|%change of lighting|%lighting change|%change in lighting|%change of brightness|"
        "%brightness change|%illumination change|%overexposed picture|%overexposed image|%bright "
        "picture|%lit window|%motion light|%illuminated area|%lens flare|%light source|%glow of "
        "a lamp|%lightning flash|%flash of lightning}",
        "{lights on|light on|switching on the light|turning on the light|someone switching on a "
        "light|someone turning on the lights|someone with a flashlight|someone with a torch|a "
        "flashlight beam|a flash in the dark|a light in the dark|a light shining into the camera|"
        "a light shining at the camera|light into the lens|sunlight into the lens|sun glare|"
        "overexposure|too much light|very bright|dazzle|illumination|bright lighting|brightly "
        "lit|a brightly lit place|a brightly lit room|a lit room|lighting|flashing lights|"
        "blinking lights|a blinking light|suddenly bright|sudden illumination|sudden glare|it "
        "gets bright|it is getting bright|it suddenly gets bright}",
        "{a light|the light|a lamp|the lamp|a floodlight|a spotlight|a torch|a bright light|a "
        "security light} {~shine|~glare|~flash|~turn on|~go on|~come on|~flicker|~blink|~dazzle "
        "the camera|~blind the camera|~be on|~be lit|~be switched on|~be turned on|~light up the "
        "room|~light up the yard|~illuminate the scene|~glow|~get brighter}",
        "{a flashlight} {~shine|~glare|~flash|~turn on|~go on|~come on|~flicker|~blink|~blind "
        "the camera|~be on|~be lit|~be switched on|~be turned on|~light up the room|~light up "
        "the yard|~glow|~get brighter}",
        "{lights|the lights|lamps|floodlights|flashlights} {^shine|^flash|^turn on|^go on|^come "
        "on|^flicker|^blink|^be on|^be switched on|^be turned on|^light up the room|^light up "
        "the yard}",
    ),
}
