"""How people say what a microphone hears: patterns for every concept of ``pipeline.scene``."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.training.sound_words_of_alarms import ALARM_PATTERNS
from pipeline.training.sound_words_of_animals import ANIMAL_PATTERNS
from pipeline.training.sound_words_of_danger import DANGER_PATTERNS
from pipeline.training.sound_words_of_engines import ENGINE_PATTERNS
from pipeline.training.sound_words_of_things import THING_PATTERNS
from pipeline.training.sound_words_of_voices import VOICE_PATTERNS
from pipeline.training.sound_words_of_weather import WEATHER_PATTERNS

#: Claims of several concepts.
_SHARED: Mapping[str, tuple[str, ...]] = {
    "fire_alarm/burglar_alarm/alarm_clock/car_alarm": (
        "{the alarm|the sound of alarms}",
        "{alarms} {rings|is ringing|is beeping|goes off|sounds|is sounding}",
        "{loud|shrill|repeated|high|piercing} {alarm beeps|alarm tones}",
        "{%alarm|%alarm bell|%alarm sound|%alarm tone|%alarm signal|%alarm beep|%electronic "
        "alarm|%loud alarm|%ringing alarm|%blaring alarm|%beeping alarm|%shrill alarm|%building "
        "alarm|%audible alarm|%high pitched alarm|%wailing alarm|%sounding alarm|%alarm buzzer|"
        "%alarm call|%alarm being triggered|%triggered alarm|%activated alarm|%alert}",
        "{an alarm|the alarm|an alarm bell|an electronic alarm} {~ring|~sound|~go off|~beep|"
        "~blare|~wail|~shriek|~be triggered|~be set off|~be activated|~start|~buzz|~be sounding}",
        "{alarms|alarm bells|the alarms} {^ring|^sound|^go off|^beep|^blare|^wail|^be triggered}",
    ),
    "fire_alarm/alarm_clock/reversing_beeps": (
        "{beeping}",
        "{%beep|%bleep|%electronic beep|%beeping sound|%beeping noise|%short beep|%repeated beep|"
        "%high beep|%beeper|%beep tone|%electronic tone}",
        "{something} {~beep|~bleep|~chirp electronically|~beep repeatedly}",
        "{a device|an appliance} {~beep|~bleep}",
    ),
    "fire_alarm/siren/burglar_alarm/car_alarm/reversing_beeps/alarm_clock": (
        "{a warning sound|a signal|alarms and sirens|sirens and alarms}",
        "{%warning signal|%emergency signal|%warning tone|%alarm or siren|%siren or alarm|"
        "%signal of danger|%danger signal|%acoustic alarm|%acoustic warning|%alarm siren|%alarm "
        "sounding somewhere|%audible warning|%signal tone|%warning noise}",
        "{an alarm or a siren|alarms or sirens|a warning|warnings|emergency|an emergency|danger|"
        "an alarm of any kind|any alarm|some alarm or other}",
    ),
    "fire_alarm/siren": (
        "{a fire siren|fire sirens|an evacuation siren|a fire alarm siren|a fire alarm or a "
        "siren|a fire emergency}",
    ),
    "speech/crowd/scream/shouting/laughter/cheering/baby_cry/cough/sneeze": (
        "{voices of people|people are heard|a person is heard|people|a person|somebody}",
        "{%human|%human being|%human voice|%human sound|%sound of people|%vocal sound|%human "
        "vocal sound|%voice of a person|%presence of people|%person making noise}",
        "{men or women|any person|anybody|anyone|somebody is there|someone is there|someone is "
        "here|people are there|a human presence|signs of life|human activity|human noise}",
    ),
    "speech/shouting/scream/footsteps": (
        "{%intruder|%burglar|%trespasser|%thief|%robber|%stranger|%suspicious person|%unknown "
        "person|%visitor|%person at the gate|%person in the building|%person in the yard}",
        "{somebody in the building|someone in the house|someone inside|somebody inside|someone "
        "in the yard|a person on the premises|intruders in the building}",
    ),
    "laughter/cheering/applause": (
        "{a happy audience|a good mood|people having a good time|laughter and applause|applause "
        "or laughter|an amused audience|a comedy show|a theatre audience|a theater audience}",
    ),
    "applause+cheering": (
        "{applause and cheering|cheering and applause|clapping and cheering|people clapping and "
        "cheering|a crowd clapping and cheering|cheers and clapping}",
    ),
    "gunshot/explosion/fireworks/thunder/door_slam/crash": (
        "{banging|a sudden loud noise}",
        "{%bang|%loud bang|%big bang|%sudden bang|%sharp bang|%banging noise|%loud noise|%sudden "
        "noise|%loud pop|%impact|%loud impact|%burst|%crack and a bang|%percussive sound|%loud "
        "thump|%impact sound}",
        "{something|an object} {~bang|~bang loudly|~go bang}",
        "{banging sounds|impulsive noise|a deafening bang|a heavy blow|a sudden loud bang|"
        "something like a shot}",
    ),
    "gunshot/explosion/fireworks": (
        "{a shot or a firework|gunshots or fireworks|pops and bangs|popping sounds|a series of "
        "bangs|several bangs in a row}",
    ),
    "glass_breaking/crash": (
        "{vandalism|something breaking|something smashing|things being smashed|things being "
        "broken|something being destroyed|destruction|a break in with damage|property damage|"
        "someone smashing things|someone breaking things|furniture being smashed|someone "
        "vandalising a car|someone vandalizing a car}",
    ),
    "glass_breaking+scream": (
        "{breaking glass and screams|screaming and breaking glass|glass breaking and a person "
        "screaming|a window breaks and someone screams}",
    ),
    "gunshot+scream": (
        "{gunshots and screams|shots and screaming|shooting and screaming|gunfire and people "
        "screaming|a shot and a scream}",
    ),
    "fire_alarm+siren": (
        "{a fire alarm and a siren|fire alarms and sirens|a smoke alarm and a fire engine}",
    ),
    "tyre_squeal+crash": (
        "{squealing tyres and a crash|screeching brakes and a crash|skidding tires and a "
        "collision|a car brakes hard and crashes}",
    ),
    "rain+thunder": (
        "{rain and thunder|thunder and rain|a thunderstorm with rain|a rainstorm with thunder|a "
        "storm with rain and thunder}",
    ),
    "wind+rain": (
        "{wind and rain|rain and wind|a storm of wind and rain|windy and rainy weather|rain in "
        "the wind}",
    ),
    "dog_bark/cat/rooster/crow/bird_song/insects": (
        "{%animal|%pet|%wild animal|%domestic animal|%creature|%farm animal|%beast|%animal call|"
        "%animal cry|%animal sound|%animal noise|%animal voice}",
        "{wildlife|livestock|nature|nature sounds|natural sounds|fauna|a farm|a zoo|a forest|the "
        "countryside|country sounds|an animal calling|an animal crying|animals making noise}",
    ),
    "bird_song/crow/rooster": (
        "{bird noises|fowl and birds|a bird of some kind|feathered animals|an aviary}",
    ),
    "car_engine/motorcycle/truck": (
        "{traffic|road traffic|traffic noise|street traffic|street noise|the noise of a street}",
        "{a vehicle|traffic|vehicles} {passes|driving|on the road}",
        "{%vehicle|%motor vehicle|%road vehicle|%passing vehicle|%approaching vehicle|%busy road|"
        "%busy street|%road|%street|%highway|%motorway|%main road|%traffic jam|%vehicle engine|"
        "%idling vehicle|%driver|%freeway|%crossroads|%intersection|%roadway|%traffic light|"
        "%vehicle on the road}",
        "{traffic sounds|the sound of traffic|the roar of traffic|the rumble of traffic|the hum "
        "of traffic|city traffic|heavy traffic|light traffic|rush hour|rush hour traffic|urban "
        "noise|city noise|city sounds|town noise|road noise|motor traffic|vehicles on a road|"
        "engines of vehicles|vehicle noise|traffic outside|distant traffic}",
        "{a vehicle|traffic|a motor vehicle} {~pass|~pass by|~drive by|~drive past|~arrive|"
        "~leave|~stop|~start|~idle|~approach|~go by|~speed past|~pull up}",
        "{vehicles|motor vehicles} {^pass|^pass by|^drive by|^drive past|^arrive|^leave|^stop|"
        "^start|^idle|^approach|^go by}",
    ),
    "car_engine/motorcycle/truck/helicopter/aircraft/chainsaw/lawn_mower": (
        "{engines} {is running}",
        "{%engine|%motor|%combustion engine|%running engine|%idling engine|%revving engine|"
        "%engine noise|%motor noise|%roaring engine|%roaring motor|%starting engine|%engine "
        "sound}",
        "{an engine|a motor} {~run|~idle|~start|~rev|~roar|~hum|~sputter|~stall|~turn over|~purr|"
        "~be revved|~splutter}",
        "{engines|motors} {^run|^idle|^start|^rev|^roar|^hum|^sputter}",
    ),
    "chainsaw/power_drill/hammering/lawn_mower": (
        "{construction work|someone working with tools}",
        "{%tool|%power tool|%machine tool|%construction site|%building site|%workshop|%building "
        "noise|%construction worker|%construction noise|%construction sound|%garden tool|"
        "%craftsman|%builder|%electric tool|%worker with tools}",
        "{construction|construction work outside|building work|roadworks|road works|repair work|"
        "renovation|diy|do it yourself|tradesmen at work|workmen at work|builders at work|"
        "workers with tools|demolition work|woodwork|metalwork|carpentry|someone making repairs}",
    ),
    "rain/water_running/water_dripping/sea_waves": (
        "{water|the sound of water}",
        "{%liquid|%splash|%water sound|%water noise|%body of water}",
        "{moving water|the splash of water|fluid|water in motion|wet sounds}",
    ),
    "water_running/water_dripping": (
        "{a leak of water|a water leak somewhere|leaking water|plumbing|a plumbing problem|a "
        "bathroom|a leak in the pipes}",
    ),
    "helicopter/aircraft": (
        "{something flying|flying|an aircraft passing|aircraft in the sky}",
        "{%aircraft|%flying machine|%flying vehicle|%passing aircraft|%aircraft overhead|%air "
        "vehicle}",
        "{something flying overhead|something in the sky|an aircraft flying|an aircraft flying "
        "over|aircraft noise|planes and helicopters|air traffic overhead|a plane or a helicopter}",
    ),
    "train/truck/car_engine/motorcycle/aircraft/helicopter": (
        "{%means of transport|%transport vehicle}",
        "{transport|transportation|public transport|vehicles of any kind}",
    ),
    "doorbell/knocking": (
        "{someone at the door|a visitor at the door|somebody at the door|people at the door|"
        "someone wants to come in|a visitor arriving|a caller at the door|someone outside the "
        "door}",
    ),
    "doorbell/church_bell/phone_ring/alarm_clock": (
        "{ringing|a ring|a ringing sound|a ringing bell or phone|ringing noises|something "
        "ringing|something rings}",
    ),
    "hum/vacuum_cleaner/power_drill": (
        "{%washing machine|%dishwasher running|%tumble dryer|%blender|%food processor|%coffee "
        "grinder|%kitchen mixer|%spin cycle|%laundry machine|%electric appliance}",
        "{an electric motor running|household appliances|an appliance|a household machine|"
        "electric machines}",
    ),
    "dishes/keys_jingling": (
        "{%clink|%jingle|%clatter|%tinkle|%rattle|%clank}",
        "{clinking|tinkling|jingling|clattering|rattling|clanking|metal objects|clinking metal|"
        "small metal things}",
    ),
    "door_slam/footsteps/knocking": (
        "{someone coming home|somebody coming in|someone entering|someone leaving|movement in "
        "the house|movement in the building|activity in the hallway|someone moving around|a "
        "person entering a room|a person leaving a room|someone coming up the stairs}",
    ),
}

#: Keys: a concept, ``a+b`` (both), ``a/b`` (either). See ``pipeline.training.grammar``.
SOUND_PATTERNS: Mapping[str, tuple[str, ...]] = {
    **ALARM_PATTERNS,
    **DANGER_PATTERNS,
    **VOICE_PATTERNS,
    **ANIMAL_PATTERNS,
    **ENGINE_PATTERNS,
    **WEATHER_PATTERNS,
    **THING_PATTERNS,
    **_SHARED,
}

#: Frames for a whole sentence; ``{}`` takes the phrase, which stands bare one time in four.
SOUND_TEMPLATES: tuple[str, ...] = (
    *["{}"] * 48,
    "the sound of {}",
    "the sounds of {}",
    "sound of {}",
    "the noise of {}",
    "a recording of {}",
    "this is a sound of {}",
    "this is the sound of {}",
    "we hear {}",
    "I hear {}",
    "one can hear {}",
    "you can hear {}",
    "there is {}",
    "{} can be heard",
    "{} is heard",
    "{} in the background",
    "{} nearby",
    "{} in the distance",
    "loud {}",
    "a recording with {}",
    "an audio recording of {}",
    "an audio clip of {}",
    "a sound clip of {}",
    "audio of {}",
    "noise of {}",
    "the noise from {}",
    "the noises of {}",
    "a sound of {}",
    "sounds of {}",
    "sounds from {}",
    "this sounds like {}",
    "it sounds like {}",
    "sounds like {}",
    "that is {}",
    "this is {}",
    "we can hear {}",
    "I can hear {}",
    "you hear {}",
    "one hears {}",
    "somebody hears {}",
    "the microphone hears {}",
    "the microphone picks up {}",
    "the camera hears {}",
    "a microphone records {}",
    "there are {}",
    "there was {}",
    "here is {}",
    "listen for {}",
    "alert on {}",
    "alarm on {}",
    "warn me about {}",
    "tell me about {}",
    "possible {}",
    "any {}",
    "{} audible",
    "{} is audible",
    "{} heard",
    "{} are heard",
    "{} was heard",
    "{} could be heard",
    "{} detected",
    "{} on the recording",
    "{} on the audio",
    "{} in the audio",
    "{} from outside",
    "{} outside",
    "{} inside",
    "{} indoors",
    "{} outdoors",
    "{} upstairs",
    "{} downstairs",
    "{} overhead",
    "{} next door",
    "{} somewhere",
    "{} close by",
    "{} far away",
    "{} far off",
    "{} not far away",
    "{} close to the microphone",
    "{} near the camera",
    "{} near the microphone",
    "{} in the yard",
    "{} in the street",
    "{} on the street",
    "{} in the house",
    "{} in the building",
    "{} in the room",
    "{} in the hall",
    "{} in the hallway",
    "{} in the corridor",
    "{} in the office",
    "{} in the shop",
    "{} in the store",
    "{} in the garden",
    "{} in the garage",
    "{} in the warehouse",
    "{} in the car park",
    "{} in the parking lot",
    "{} in the kitchen",
    "{} in the basement",
    "{} at the gate",
    "{} at the entrance",
    "{} at the door",
    "{} by the fence",
    "{} behind the wall",
    "{} across the street",
    "{} down the road",
    "{} on the premises",
    "{} on the property",
    "{} in the area",
    "{} in the city",
    "{} at night",
    "{} in the night",
    "{} at midnight",
    "{} at dawn",
    "{} at dusk",
    "{} in the morning",
    "{} in the evening",
    "{} in the afternoon",
    "{} during the day",
    "{} after hours",
    "{} again",
    "{} again and again",
    "{} repeatedly",
    "{} suddenly",
    "{} all of a sudden",
    "{} for a long time",
    "{} all the time",
    "{} once",
    "{} twice",
    "{} continuously",
    "{} right now",
    "suddenly {}",
    "a lot of {}",
    "very loud {}",
    "quiet {}",
    "faint {}",
    "distant {}",
    "muffled {}",
    "sudden {}",
    "heavy {}",
    "{} very loudly",
    "{} loudly",
    "{} and nothing else",
    "{} mixed with noise",
    "{} behind other sounds",
)
