"""How people say what warns: alarms, sirens, horns and beeps."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
ALARM_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "fire_alarm": (
        "{a fire alarm|fire alarms|a smoke alarm|smoke alarms|a smoke detector|smoke detectors|a "
        "fire bell|the fire alarm|fire detector|fire alarm|smoke alarm|smoke detector}",
        "{a fire alarm|a smoke alarm|a smoke detector|the fire alarm|the smoke alarm|fire "
        "alarms} {beeping|beeps|is beeping|ringing|rings|is ringing|sounding|sounds|is sounding|"
        "goes off|going off|chirping|rang|beep|ring}",
        "{%fire alarm bell|%heat detector|%heat alarm|%carbon monoxide alarm|%gas alarm|%gas "
        "detector|%fire warning|%evacuation alarm|%evacuation signal|%smoke sensor|%fire drill|"
        "%sprinkler alarm|%fire alarm system|%fire alarm sounder|%smoke detector alarm|%fire "
        "detection alarm|%smoke warning|%building alarm for fire|%hallway smoke alarm|%kitchen "
        "smoke alarm|%fire alarm beep|%smoke alarm beep|%smoke alarm chirp|%fire alarm buzzer|"
        "%fire alarm horn|%fire alert|%smoke alert}",
        "{the smoke detector|the fire bell|the fire alarm bell|the heat alarm|the evacuation "
        "alarm|the carbon monoxide alarm|the gas alarm|our smoke alarm|the building's fire alarm|"
        "the fire drill alarm|the alarm for fire|an alarm warning of fire|an alarm warning of "
        "smoke}",
        "{a fire alarm|a smoke alarm|a smoke detector|the fire alarm|the smoke detector|the fire "
        "bell} {~beep|~ring|~sound|~go off|~chirp|~blare|~wail|~shriek|~screech|~start|~buzz|"
        "~bleep|~pulse|~warn|~whoop|~trip|~be triggered|~be activated|~be set off}",
        "{fire alarms|smoke alarms|smoke detectors} {^beep|^ring|^sound|^go off|^chirp|^blare|"
        "^be triggered|^scream}",
        "{the beeping|the beep|the ringing|the chirp|the blare|the wail|the shrill tone|the "
        "alarm} of a {fire alarm|smoke alarm|smoke detector|fire bell}",
        "{high pitched|shrill|piercing|urgent|three} beeps of a {smoke alarm|smoke detector|fire "
        "alarm}",
    ),
    "burglar_alarm": (
        "{%burglar alarm|%intruder alarm|%house alarm|%home alarm|%security alarm|%shop alarm|"
        "%store alarm|%theft alarm|%anti theft alarm|%break_in_alarm|%burglary alarm|%intrusion "
        "alarm|%robbery alarm|%bank alarm|%property alarm|%alarm system|%home security alarm|"
        "%office alarm|%warehouse alarm|%panic alarm|%perimeter alarm|%door alarm|%window alarm|"
        "%alarm against burglars|%motion alarm|%tamper alarm|%burglar alarm siren|%burglar alarm "
        "bell|%security system|%hold_up alarm|%shoplifting alarm|%intruder alert|%trespass alarm|"
        "%garage alarm|%premises alarm}",
        "{the burglar alarm|the intruder alarm|the house alarm|the security alarm|the shop alarm|"
        "the alarm of a house|the alarm of a shop|the alarm of a building|the alarm system|an "
        "alarm against thieves|a neighbour's house alarm|a neighbor's house alarm|an alarm for "
        "intruders}",
        "{a burglar alarm|an intruder alarm|a house alarm|a security alarm|a shop alarm|a home "
        "alarm|the burglar alarm|the intruder alarm|an alarm system|a theft alarm|the security "
        "system|a bank alarm} {~ring|~sound|~go off|~wail|~blare|~howl|~shriek|~scream|~start|"
        "~trip|~pulse|~be triggered|~be activated|~be set off|~be tripped}",
        "{burglar alarms|intruder alarms|house alarms|security alarms} {^ring|^sound|^go off|"
        "^wail|^blare|^be triggered}",
        "{the wail|the ringing|the bell|the siren|the howl|the blare|the noise} of a {burglar "
        "alarm|house alarm|security alarm|shop alarm}",
        "{someone|a burglar|an intruder|a thief} {~set off the alarm|~trigger the alarm|~trip "
        "the alarm}",
    ),
    "car_alarm": (
        "{the alarm of a car|the car alarm}",
        "{car alarms} {sounds|goes off|is going off}",
        "{%car alarm|%vehicle alarm|%auto alarm|%van alarm|%truck alarm|%motorcycle alarm|"
        "%motorbike alarm|%car theft alarm|%automobile alarm|%vehicle theft alarm|%parked car "
        "alarm|%lorry alarm|%car alarm siren|%vehicle anti theft alarm|%car security alarm|%car "
        "panic alarm|%car immobiliser alarm|%vehicle security alarm|%bike alarm}",
        "{the alarm of a vehicle|the alarm of a van|the alarm of a parked car|the alarm of a "
        "truck|an alarm from a car|the vehicle alarm|the neighbour's car alarm|the neighbor's "
        "car alarm|the alarm on a car|the alarm from a parked car|an alarm on a vehicle}",
        "{a car alarm|a vehicle alarm|the car alarm|an auto alarm|the alarm of a car|the alarm "
        "of a vehicle|a van alarm|a truck alarm|a motorcycle alarm} {~sound|~go off|~wail|~honk|"
        "~ring|~blare|~hoot|~howl|~shriek|~start|~chirp|~beep|~whoop|~be activated|~be set off}",
        "{a car alarm|a vehicle alarm|the car alarm|an auto alarm|a van alarm|a truck alarm|a "
        "motorcycle alarm} {~be triggered}",
        "{car alarms|vehicle alarms|alarms of cars|auto alarms} {^sound|^go off|^wail|^honk|"
        "^blare|^be triggered|^ring|^howl}",
        "{the wail|the noise|the honking|the howl|the whoop|the chirp|the blare|the hooting} of "
        "a {car alarm|vehicle alarm}",
        "{a car|a vehicle|a parked car} {with its alarm on|with the alarm going off|whose alarm "
        "goes off|with a sounding alarm}",
    ),
    "alarm_clock": (
        "{an alarm clock|alarm clocks|alarm clock|a clock alarm}",
        "{a clock alarm} {ringing|rings|is ringing|beeping|beeps|is beeping|goes off|going off}",
        "{%clock radio alarm|%morning alarm|%wake_up alarm|%bedside alarm|%phone alarm|%digital "
        "alarm clock|%old alarm clock|%alarm clock bell|%wake_up call|%alarm clock beep|"
        "%mechanical alarm clock|%wind_up alarm clock|%bedroom alarm clock|%electric alarm clock|"
        "%travel alarm clock|%kitchen timer|%egg timer|%timer alarm|%oven timer|%electronic "
        "alarm clock}",
        "{the alarm clock|the morning alarm|the bell of an alarm clock|the beeping of an alarm "
        "clock|the ringing of an alarm clock|a clock's alarm|the timer}",
        "{an alarm clock|the alarm clock|a morning alarm|a digital alarm clock|an old alarm "
        "clock|a wake up alarm|a kitchen timer|a timer|a phone alarm} {~ring|~beep|~go off|~buzz|"
        "~sound|~chirp|~bleep|~wake someone}",
        "{alarm clocks|timers} {^ring|^beep|^go off|^buzz|^sound}",
    ),
    "siren": (
        "{an ambulance|a fire engine|emergency vehicles|an emergency vehicle|the police|police "
        "car|ambulance|fire truck|a civil defense siren}",
        "{a siren|sirens|a police siren|an ambulance siren|an emergency siren|the siren} {wails|"
        "is wailing|wail|sounds|passing|in the distance|in the street|are wailing}",
        "{a police car|an ambulance|a fire truck|a fire engine|an emergency vehicle|police "
        "cars} {with its siren on|with sirens}",
        "{%siren|%police siren|%ambulance siren|%fire engine siren|%fire truck siren|%emergency "
        "siren|%air raid siren|%civil defence siren|%tornado siren|%patrol car siren|%cop car "
        "siren|%warning siren|%police car siren|%squad car siren|%factory siren|%fire brigade "
        "siren|%rescue siren|%hooter siren|%two tone siren|%electronic siren|%storm siren|"
        "%disaster siren|%town siren|%emergency vehicle siren|%hi lo siren|%fire station siren|"
        "%wailing siren|%blaring siren|%yelping siren|%howling siren|%passing siren|%approaching "
        "siren|%distant siren|%tsunami siren|%raid siren}",
        "{police sirens and ambulances|police cars|patrol cars|squad cars|ambulances|fire "
        "engines|fire trucks|fire brigade|fire department|paramedics|emergency services|"
        "emergency service|the emergency services|the ambulance|the fire brigade|the fire "
        "department|the fire engine|the fire truck|police on an emergency call|a blue light "
        "vehicle|blue lights and sirens|the cops|police arriving|rescue vehicles|a patrol car|a "
        "squad car|a cop car|a rescue vehicle|an emergency response vehicle|a police van|a "
        "police motorcycle|first responders}",
        "{a siren|the siren|a police siren|an ambulance siren|an air raid siren|an emergency "
        "siren|a fire engine siren|a warning siren|the police siren} {~wail|~howl|~blare|~sound|"
        "~scream|~go off|~whoop|~yelp|~approach|~pass|~fade|~pass by|~come closer|~be heard far "
        "off|~start|~hoot}",
        "{sirens|police sirens|ambulance sirens|emergency sirens|the sirens} {^wail|^howl|^blare|"
        "^sound|^scream|^go off|^approach|^pass by|^fade away|^come closer|^ring out}",
        "{a police car|an ambulance|a fire truck|a fire engine|a patrol car|a squad car|an "
        "emergency vehicle|a police van} {~wail|~approach|~pass|~rush past|~race past|~speed by|"
        "~speed past|~drive past|~respond|~arrive|~come|~use its siren|~sound its siren|with its "
        "siren blaring|with a siren|with wailing sirens|with blue lights and siren}",
        "{police cars|ambulances|fire engines|fire trucks|emergency vehicles|patrol cars} {^wail|"
        "^approach|^pass|^rush past|^speed past|^arrive|with sirens on|with sirens blaring}",
        "{the wail|the wailing|the howl|the blare|the scream|the whoop} of {a siren|sirens|a "
        "police siren|an ambulance|a police car|a fire engine|an ambulance siren}",
    ),
    "reversing_beeps": (
        "{%reversing beep|%reversing alarm|%reverse alarm|%backup alarm|%back_up beeper|%backup "
        "beeper|%reverse beeper|%backing alarm|%vehicle backup alarm|%truck backup alarm|%lorry "
        "reversing alarm|%parking sensor|%forklift alarm|%reversing lorry|%reversing truck|"
        "%reversing van|%reversing bus|%reversing vehicle|%reversing forklift|%backing truck|"
        "%reversing digger|%reversing sensor|%reversing signal|%movement alarm|%back_up alarm|"
        "%reverse beep}",
        "{the beeps of a reversing truck|the beeping of a reversing lorry|backing beeps|back up "
        "beeps|backup beeps|reversing warning|this vehicle is reversing|beeps of a truck backing "
        "up|a delivery van backing up|warning beeps of a reversing vehicle}",
        "{a truck|a lorry|a forklift|a vehicle|a van|a bus|a digger|a bin lorry|a delivery truck|"
        "an excavator} {~reverse|~back up|~back in|~reverse with beeps|~back out}",
        "{a garbage truck} {~reverse|~back up|~back in|~back out}",
        "{a truck|a lorry|a forklift|a vehicle|a van|a bus|a digger|a bin lorry} {~beep while "
        "reversing}",
        "{trucks|lorries|vehicles|forklifts|vans} {^reverse|^back up|^beep while reversing}",
    ),
    "car_horn": (
        "{a horn|horns|honking|a beep of a horn|hooting}",
        "{a car|a vehicle|a driver|cars|a horn|drivers} {honks|is honking|sounding its horn|honk|"
        "blowing its horn}",
        "{%car horn|%vehicle horn|%truck horn|%lorry horn|%bus horn|%air horn|%hooter|%klaxon|"
        "%honk|%toot|%beep of a car|%honk of a car|%blast of a horn|%honking car|%honking driver|"
        "%hooting car|%tooting car|%motor horn|%automobile horn|%ship horn|%boat horn|%foghorn|"
        "%bike horn|%motorcycle horn|%taxi horn|%signal horn|%honking horn|%blaring horn|"
        "%honking vehicle|%honking truck}",
        "{tooting|beeping of horns|a horn blast|horn blasts|horn honks|car honking|horn honking|"
        "traffic horns|beeping cars|blowing horns|the honking of cars|an impatient driver|honks "
        "of a horn|a vehicle's horn|a honking in traffic|the horn of a car|the horn of a truck|"
        "angry drivers}",
        "{a car|a vehicle|a driver|a truck|a lorry|a bus|a taxi|a motorist|someone} {~honk|~hoot|"
        "~toot|~honk its horn|~sound the horn|~blow the horn|~beep the horn|~press the horn|"
        "~blast its horn|~lean on the horn|~toot the horn|~use the horn}",
        "{an impatient driver} {~honk|~hoot|~toot|~sound the horn|~blow the horn|~use the horn}",
        "{cars|vehicles|drivers|horns|trucks|motorists} {^honk|^hoot|^toot|^blare|^sound|^sound "
        "their horns|^blow their horns}",
        "{a horn|the horn|a car horn|a truck horn|an air horn} {~honk|~hoot|~toot|~blare|~sound|"
        "~blast|~be pressed|~be sounded}",
    ),
}
