"""How people say what weather, machines, doors and household things are heard to do."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
THING_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "wind": (
        "{wind|the wind|a breeze|gusts of wind|a gust of wind|wind noise|a strong wind|windy "
        "weather|a windy day|rustling leaves|gusts|winds|strong winds|blowing wind}",
        "{wind|the wind|a breeze} {blowing|blows|is blowing|rustling|whistling|howling|in the "
        "trees|in the microphone}",
    ),
    "rain": (
        "{rain|the rain|rainfall|heavy rain|light rain|falling rain|rain falling|raindrops|a "
        "shower|rain drops|it is raining|pouring rain|rainy weather|raining|a rain shower|it "
        "rains|drizzle|rains|a rainy day|drops of rain}",
        "{rain|raindrops|the rain} {falling|is falling|on the roof|on the window|pouring|"
        "pattering|falls|on leaves|on the ground|outside|hitting the window}",
    ),
    "sea_waves": (
        "{sea waves|waves|the sea|the ocean|ocean waves|surf|waves on a beach|a beach|the surf|"
        "breaking waves|waves of the sea|crashing waves|waves crashing|a wave|sea wave|the sound "
        "of the sea|ocean surf|the shore}",
        "{waves|sea waves|ocean waves|the sea|the ocean|the surf|water} {crashing|crash|breaking|"
        "break|roaring|on the beach|on the shore|at the beach|crashing on the shore|washing up|"
        "splashing on the beach|hitting the shore}",
    ),
    "water_running": (
        "{running water|a tap|a running tap|a faucet|tap water|a stream|a waterfall|a river|water "
        "running|pouring water|a sink|a bathtub filling|a shower running|a leak}",
        "{water|a tap|a stream|a faucet} {running|runs|is running|pouring|gurgling|splashing|"
        "bubbling|gushing}",
    ),
    "water_dripping": (
        "{dripping water|water dripping|water drops|a dripping tap|drips|drops of water|dripping|"
        "a drip|a leaking tap|water drop}",
        "{water|a tap|a faucet|drops} {dripping|drips|is dripping|drip|falling drop by drop}",
    ),
    "car_engine": (
        "{a car|cars|a car engine|a passing car|car engines|a car passing by|a driving car|an "
        "automobile|car noise|a car starting|a car idling|a car motor}",
        "{a car|cars|the car|an automobile} {passing|passes|running|idling|driving by|driving "
        "past|driving|starting|accelerating|is passing|drives past|drives by|pass|approaching}",
    ),
    "motorcycle": (
        "{a motorcycle|motorcycles|a motorbike|motorbikes|a motor scooter|a bike engine}",
        "{a motorcycle|motorcycles|a motorbike|a scooter} {passing|passes|revving|accelerating|"
        "driving by|starting|racing|idling|roaring}",
    ),
    "truck": (
        "{a truck|trucks|a lorry|lorries|a bus|buses|a heavy vehicle|a truck engine|air brakes|"
        "heavy vehicles}",
        "{a truck|a lorry|trucks|a bus|a heavy truck} {passing|passes|driving by|idling|starting|"
        "braking|arriving|is passing}",
    ),
    "train": (
        "{a train|trains|a passing train|a subway train|a tram|a train horn|a train whistle|trams|"
        "a metro}",
        "{a train|trains|a tram|the train} {passing|passes|arriving|braking|approaching}",
    ),
    "helicopter": (
        "{a helicopter|helicopters|helicopter|a flying helicopter|helicopter rotors|a helicopter "
        "rotor|the rotor of a helicopter|a hovering helicopter|the helicopter}",
        "{a helicopter|helicopters|the helicopter} {flying|flies|is flying|hovering|hovers|"
        "passing|in the air|landing|in the sky|flying by|lands|fly}",
    ),
    "aircraft": (
        "{an airplane|airplanes|a plane|planes|an aeroplane|a jet|a jet engine|a propeller plane|"
        "a passing plane|a jet plane|an aircraft engine}",
        "{an airplane|a plane|planes|a jet|an aeroplane} {flying|flies|flying over|passing|"
        "landing|in the sky}",
    ),
    "chainsaw": (
        "{a chainsaw|chainsaws|chainsaw|a saw|a motor saw|sawing|a power saw|a chainsaw engine|a "
        "running chainsaw|the chainsaw|saws|a sawing machine}",
        "{a chainsaw|chainsaws|a saw|someone with a chainsaw|a worker with a chainsaw} {sawing|"
        "saws|is sawing|running|buzzing|sawing wood|is running|at work|starting}",
        "{someone|a worker|a man|somebody} {sawing|sawing wood|using a chainsaw}",
    ),
    "lawn_mower": (
        "{a lawn mower|a lawnmower|a mower}",
        "{a lawn mower|a lawnmower|a mower|someone} {running}",
    ),
    "power_drill": (
        "{a drill|drills|drilling|a power drill|an electric drill|a drilling machine|a hammer "
        "drill|a jackhammer|a grinder|a dentist's drill}",
        "{a drill|someone|a worker|an electric drill} {drilling|drills|is drilling|drilling into "
        "a wall}",
    ),
    "vacuum_cleaner": (
        "{a vacuum cleaner|a vacuum|vacuuming|a hoover|a hair dryer|a hand dryer}",
        "{a vacuum cleaner|someone|a vacuum|a cleaner} {vacuuming|running|is running}",
    ),
    "reversing_beeps": (
        "{reversing beeps|a reversing truck|a truck reversing|a reversing vehicle|a forklift "
        "reversing}",
        "{a truck|a lorry|a forklift|a vehicle|a van} {reversing}",
    ),
    "car_horn": (
        "{a car horn|a horn|horns|car horns|honking|a honking car|a beep of a horn|hooting|a "
        "truck horn|hooters|an air horn|honks}",
        "{a car|a vehicle|a driver|cars|a horn|drivers} {honking|honks|is honking|hooting|"
        "sounding its horn|honk|blowing its horn}",
    ),
    "dishes": (
        "{dishes|plates|crockery|cups|cutlery|dishes clinking|clattering dishes|clinking dishes|"
        "clattering plates|kitchen noise|tableware|cups and plates|silverware|pots and pans}",
        "{dishes|plates|cups|cutlery|pots} {clinking|clattering|clink|clatter|being washed}",
    ),
    "keys_jingling": (
        "{keys|jingling keys|keys jingling|a bunch of keys|a key ring|rattling keys|coins|"
        "jangling keys|dropping coins}",
        "{keys|someone's keys|coins} {jingling|jingle|rattling|rattle|clinking|jangling}",
    ),
    "phone_ring": (
        "{a phone|a telephone|a ringing phone|a phone ringing|a telephone ringing|a mobile phone|"
        "a ringtone|a ring tone|phones ringing|telephones|telephone bells|a phone call}",
        "{a phone|a telephone|the phone|a mobile phone|phones} {ringing|rings|is ringing|beeping|"
        "ring|rang}",
    ),
    "doorbell": (
        "{a doorbell|doorbells|a door bell|ding dong|a door chime|a chime|the doorbell|a buzzer}",
        "{a doorbell|the doorbell|someone at the door|a visitor|the bell} {ringing|rings|is "
        "ringing|chimes|chiming|ringing the bell}",
    ),
    "church_bell": (
        "{church bells|a church bell|bells|a bell|ringing bells|bell ringing|a large bell|bells "
        "of a church|a gong}",
        "{church bells|bells|a bell|a church bell} {ringing|ring|rings|are ringing|chiming}",
    ),
    "whistle": (
        "{a whistle|whistles|whistling|a whistling person|a police whistle|someone's whistling}",
        "{a person|someone|somebody|a man|a policeman|a whistle} {whistling|whistles|is whistling|"
        "blowing a whistle|blowing}",
    ),
    "door_slam": (
        "{a door|a door slam|a slamming door|a slammed door|doors slamming|a door closing|a thud|"
        "a door shutting|a door closes|doors|a thump|door slam|a closing door}",
        "{a door|the door|a gate|doors|a car door} {slamming|slams|is slammed|closing|closes|"
        "shutting|shuts|banging|opening|slam}",
    ),
    "knocking": (
        "{a knock|knocking|knocks|a knock on the door|knocking on a door|a door knock|tapping|"
        "someone at the door knocking}",
        "{someone|somebody|a person|a visitor} {knocking|knocks|is knocking|knocks on the door|"
        "knocking at the door|tapping on the window}",
    ),
    "typing": (
        "{typing|a keyboard|a computer keyboard|keyboard typing|a typewriter|typing on a keyboard|"
        "clicking keys|a mouse clicking}",
        "{someone|a person|somebody|an employee} {typing|is typing|typing on a keyboard|working "
        "at a computer}",
    ),
    "clock_tick": (
        "{a clock|clocks|clock tick|a ticking clock|ticking|a clock ticking|clock ticks|tick tock|"
        "a tick|the tick of a clock|clock ticking|ticking clocks|a wall clock|a watch|ticks|the "
        "ticking of a clock|clocks ticking}",
        "{a clock|the clock|clocks|a watch|a wall clock|an old clock|something} {ticking|ticks|is "
        "ticking|tick|ticking on the wall|ticked|are ticking}",
    ),
    "hum": (
        "{a hum|humming|an electric hum|a humming machine|machine noise|a fan|a ventilator|an air "
        "conditioner|ventilation|mains hum|a buzz|buzzing|a refrigerator|a droning sound|a "
        "machine|machines|machinery|fans|a factory}",
        "{a machine|a fan|an air conditioner|a refrigerator|machines} {humming|hums|is humming|"
        "buzzing|running|hum}",
    ),
    "silence": (
        "{silence|quiet|a quiet room|room tone|nothing|background noise|ambient noise|a quiet "
        "place|stillness|a silent room|almost silence|no sound|quietness|an empty room|static}",
        "{it is quiet|nothing can be heard|faint noise|faint background noise|soft noise|a quiet "
        "background|it is silent|no sounds}",
    ),
    "music": (
        "{music|a song|a melody|a tune|songs|melodies|a piano|musical instruments|music playing|a "
        "radio|an instrument|instrumental music|singing|street music|a street musician|background "
        "music}",
        "{music|a song|a melody|a radio|a band|a musician} {playing|plays|is playing|in the "
        "background}",
    ),
    "hammering": (
        "{hammering|a hammer|hammer blows|hammers|a hammering noise|a hammer on metal}",
        "{someone|a worker|a person|somebody} {hammering|hammers|is hammering|hitting a nail|"
        "working with a hammer}",
    ),
}
