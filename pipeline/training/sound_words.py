"""How people say what a microphone hears: patterns for every concept of ``pipeline.scene``."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.training.sound_words_of_things import THING_PATTERNS
from pipeline.training.sound_words_of_voices import VOICE_PATTERNS

#: What warns, and what it warns of. Keys: see ``SOUND_PATTERNS``.
_ALARMING: Mapping[str, tuple[str, ...]] = {
    "fire_alarm": (
        "{a fire alarm|fire alarms|a smoke alarm|smoke alarms|a smoke detector|smoke detectors|a "
        "fire bell|the fire alarm|fire detector|fire alarm|smoke alarm|smoke detector}",
        "{a fire alarm|a smoke alarm|a smoke detector|the fire alarm|the smoke alarm|fire alarms} "
        "{beeping|beeps|is beeping|ringing|rings|is ringing|sounding|sounds|is sounding|goes off|"
        "going off|chirping|rang|beep|ring}",
    ),
    "fire_alarm/burglar_alarm/alarm_clock/car_alarm": (
        "{an alarm|alarms|the alarm|an alarm bell|a beeping alarm|an electronic alarm|alarm|a "
        "ringing alarm|alarm sounds|the sound of alarms|a loud alarm|alarm bells}",
        "{an alarm|the alarm|alarms|an alarm bell} {rings|ringing|is ringing|beeping|is beeping|"
        "goes off|going off|sounds|sounding|is sounding}",
        "{loud|shrill|repeated|high|piercing} {alarm beeps|alarm tones}",
    ),
    "fire_alarm/alarm_clock/reversing_beeps": (
        "{beeps|beeping|a beep|repeated beeps|electronic beeps|bleeps|a beeping sound|a bleep|"
        "something beeping|something beeps}",
    ),
    "burglar_alarm": (
        "{a burglar alarm|burglar alarms|burglar alarm|an intruder alarm|a house alarm|a security "
        "alarm|a shop alarm|a burglary alarm|a break in alarm}",
        "{a burglar alarm|the burglar alarm|a house alarm|a security alarm} {ringing|rings|is "
        "ringing|sounding|sounds|goes off|going off|wailing}",
    ),
    "car_alarm": (
        "{a car alarm|car alarms|car alarm|the alarm of a car|a vehicle alarm|the car alarm}",
        "{a car alarm|the car alarm|car alarms|the alarm of a car} {sounding|sounds|goes off|"
        "going off|is going off|wailing|honking|ringing}",
    ),
    "alarm_clock": (
        "{an alarm clock|alarm clocks|alarm clock|a clock alarm}",
        "{an alarm clock|the alarm clock|a clock alarm} {ringing|rings|is ringing|beeping|beeps|"
        "is beeping|goes off|going off}",
    ),
    "siren": (
        "{a siren|sirens|siren|a police siren|police sirens|an ambulance|an ambulance siren|a "
        "fire engine|a fire engine siren|an emergency siren|emergency vehicles|an emergency "
        "vehicle|a police car siren|a fire truck siren|wailing sirens|the police|a wailing siren|"
        "police car|ambulance|fire truck|a civil defense siren}",
        "{a siren|sirens|a police siren|an ambulance siren|an emergency siren|the siren} {wailing|"
        "wails|is wailing|wail|howling|sounding|sounds|passing|in the distance|approaching|in the "
        "street|are wailing|blaring}",
        "{a police car|an ambulance|a fire truck|a fire engine|an emergency vehicle|police cars} "
        "{with its siren on|passing|approaching|wailing|with sirens|rushing past}",
    ),
    "glass_breaking": (
        "{breaking glass|glass breaking|broken glass|shattering glass|glass shattering|glass "
        "breaks|glass is breaking|glass shatters|smashing glass|glass smashing|shattered glass|a "
        "glass breaks|glass crashing|glass break|glass broke|the breaking of glass|glass being "
        "smashed|a shattering window|a broken window|broken windows|a smashed window|breaking "
        "windows|broken bottles|a breaking window|a breaking bottle|glass being broken}",
        "{a window|a pane|a windowpane|a bottle|a glass|a glass pane|a glass door|windows|bottles|"
        "glass|the window} {breaking|breaks|is breaking|is broken|shattering|shatters|is "
        "shattered|smashing|smashes|is smashed|being smashed|being broken|breaks into pieces|"
        "break|shatter|broke|shattered}",
        "{someone|somebody|a person|a burglar|an intruder|a vandal|a thief} {breaks|breaking|"
        "smashes|smashing|shatters|broke} {a window|glass|a bottle|a pane}",
        "{a break in|shards of glass|glass shards falling|tinkling shards|shards|splinters of "
        "glass}",
    ),
    "gunshot": (
        "{a gunshot|gunshots|gunfire|a shot|shots|shooting|a gun|a gun shot|a rifle shot|a pistol "
        "shot|a weapon firing|gun shots|pistol shots|rifle shots|gunshot|guns|weapons|a weapon|a "
        "shooting|machine gun fire|a machine gun|a shotgun|rifle fire|shots from a gun|a pistol|a "
        "rifle|a firing gun|a shotgun blast|fired shots|a fired shot}",
        "{a gun|a weapon|a rifle|a pistol|shots|guns|weapons|a shot|a shotgun|gunshots} {fired|"
        "firing|is fired|being fired|fires|shooting|are fired|shoots|ring out|in the street}",
        "{someone|somebody|a person|a man|people} {shooting|is shooting|shoots|firing a gun|fires "
        "a gun|shot|with a gun|fired a gun|firing shots|firing a weapon|are shooting}",
    ),
    "explosion": (
        "{an explosion|explosions|explosion|a blast|a detonation|a bomb|bombs|a loud blast|a boom|"
        "a loud explosion|an exploding bomb|blasts|an eruption|a big explosion}",
        "{an explosion|a blast|a bomb|something|a building} {exploding|explodes|is exploding|"
        "exploded|blows up|goes off|detonates}",
    ),
    "gunshot/explosion": ("{shots or explosions|gunfire and explosions|a battle|artillery fire}",),
    "fireworks": (
        "{fireworks|a firework|firecrackers|a firecracker|exploding fireworks}",
        "{fireworks|a firework|firecrackers} {exploding|explode|going off|in the sky|are set off|"
        "crackling|banging}",
    ),
    "thunder": (
        "{thunder|a thunderstorm|a clap of thunder|lightning and thunder|a storm|storms|the "
        "rumble of thunder|lightning}",
        "{thunder|the thunder|a thunderstorm} {claps|cracking|roaring|in the distance}",
    ),
    "crash": (
        "{a crash|a car crash|a collision|a crashing sound|something crashing down|a car accident|"
        "a traffic accident|a smash|cars colliding|a vehicle crash|an accident}",
        "{a car|a vehicle|cars|a truck|something} {crashing|crashed|collides|hits a wall|smashing "
        "into a wall|hitting something}",
    ),
    "tyre_squeal": (
        "{squealing tyres|screeching tyres|screeching brakes|squealing brakes|skidding|a skidding "
        "car|tyre squeal|hard braking|a car skidding}",
        "{tyres|brakes|wheels} {squealing|squeal|screeching|screech|skidding}",
    ),
    "fire_crackling": (
        "{fire crackling|crackling fire|a crackling fire|a fire|fire|flames|burning wood|a "
        "campfire|a bonfire|a burning fire|wood burning|a blaze|fires|the crackle of fire|a "
        "crackling sound|crackling flames|an open fire|crackling}",
        "{a fire|fire|wood|flames|a campfire|something} {crackling|crackles|is crackling|burning|"
        "burns|is burning|on fire|blazing|crackle}",
    ),
}

#: Claims of several concepts.
_SHARED: Mapping[str, tuple[str, ...]] = {
    "speech/crowd/scream/shouting/laughter/cheering/baby_cry/cough/sneeze": (
        "{voices of people|human voice|people are heard|a person is heard|human sounds|a human|"
        "people|a person|somebody|human voices}",
    ),
    "scream/shouting": (
        "{yelling|a yell|loud voices|people in panic|cries of people|a call for help|screaming "
        "and shouting|shouting and screaming|people shouting and screaming|a cry for help|cries "
        "for help|yells|people yelling|angry voices}",
        "{a person|someone|somebody|a woman|a man|people} {crying for help|calling for help|"
        "crying out|in panic|in pain|needs help}",
        "{someone|somebody|a person|a man|a woman|people} {shouts or screams|yelling|yells|yell}",
    ),
    "fire_alarm/siren/burglar_alarm/car_alarm/reversing_beeps/alarm_clock": (
        "{an emergency signal|a warning signal|an alarm or siren|a warning sound|a signal|alarms "
        "and sirens|sirens and alarms}",
    ),
    "gunshot/explosion/fireworks/thunder/door_slam/crash": (
        "{a bang|a loud bang|bangs|loud bangs|banging|a sudden loud noise|something bangs}",
    ),
    "dog_bark/cat/rooster/crow/bird_song/insects": (
        "{an animal|animals|animal sounds|wild animals|pets|domestic animals|animal noises}",
    ),
    "car_engine/motorcycle/truck": (
        "{a vehicle|vehicles|traffic|road traffic|traffic noise|a motor vehicle|street traffic|a "
        "busy road|a road|a street|street noise|the noise of a street|a busy street}",
        "{a vehicle|traffic|vehicles} {passing|passes|driving|driving by|passing by|on the road}",
    ),
    "car_engine/motorcycle/truck/helicopter/aircraft/chainsaw/lawn_mower": (
        "{an engine|engines|a motor|motors|an engine running|a running engine|engine noise}",
        "{an engine|a motor|engines} {running|idling|starting|is running|humming|revving|roaring}",
    ),
    "chainsaw/power_drill/hammering/lawn_mower": (
        "{power tools|tools|a power tool|construction work|construction noise|someone working "
        "with tools|machine tools|a workshop|a construction site}",
    ),
    "rain/water_running/water_dripping/sea_waves": (
        "{water|the sound of water|water sounds|a liquid}",
    ),
    "helicopter/aircraft": (
        "{something flying|an aircraft|aircraft|flying|an aircraft passing|aircraft in the sky}",
    ),
}

#: Keys: a concept, ``a+b`` (both), ``a/b`` (either). See ``pipeline.training.grammar``.
SOUND_PATTERNS: Mapping[str, tuple[str, ...]] = {
    **_ALARMING,
    **VOICE_PATTERNS,
    **THING_PATTERNS,
    **_SHARED,
}

#: Frames for a whole sentence; ``{}`` takes the phrase.
SOUND_TEMPLATES: tuple[str, ...] = (
    "{}",
    "{}",
    "{}",
    "{}",
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
)
