"""How people say what doors, bells and household things are heard to do."""

from __future__ import annotations

from collections.abc import Mapping

#: See ``pipeline.training.sound_words``.
THING_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "dishes": (
        "{crockery|cutlery|clinking dishes|clattering plates|kitchen noise|tableware|cups and "
        "plates|silverware|pots and pans}",
        "{cutlery} {clinking|clink|clatter|being washed}",
        "{%dish|%plate|%cup|%bowl|%saucer|%mug|%pot|%pan|%spoon|%fork|%knife on a plate|%piece "
        "of crockery|%stack of plates|%tea cup|%teacup|%coffee cup|%frying pan|%saucepan|"
        "%kitchen utensil|%clattering dish|%clinking cup|%clinking glass|%toast with glasses|"
        "%set table|%dinner table|%kitchen|%restaurant kitchen|%washing up|%dishwasher being "
        "loaded|%cutlery drawer|%porcelain plate|%china plate|%teaspoon|%lid of a pot|%tray of "
        "dishes|%rattling plate|%canteen kitchen}",
        "{dishes in a sink|doing the dishes|washing dishes|washing the dishes|dish washing|"
        "clearing the table|setting the table|laying the table|cutlery clattering|cutlery on "
        "plates|knives and forks|forks and knives|spoons and forks|crockery rattling|china|"
        "porcelain|kitchenware|dinnerware|cookware|clinking cutlery|cheers with glasses clinking|"
        "stacking plates|clattering pots|clanging pans|the clatter of dishes|the clatter of "
        "plates|the clink of glasses|the clink of cutlery|the tinkle of teaspoons|stirring tea|"
        "stirring a cup|a spoon in a cup|kitchen sounds|cooking|cooking in a kitchen|people "
        "eating|someone eating|a meal|lunch|dinner|a dishwasher with dishes}",
        "{dishes|plates|cups|pots|pans|glasses|bowls|spoons|forks|cutlery and plates} {^clink|"
        "^clatter|^rattle|^clang|^be washed|^be stacked|^be put away|^tinkle|^jingle}",
        "{someone|a waiter|a cook|a person|a chef|a woman|a man} {~wash dishes|~wash up|~do the "
        "dishes|~stack plates|~set the table|~stir tea|~cook|~put away dishes|~clear the table|"
        "~eat with a fork}",
        "{a waitress} {~wash dishes|~wash up|~do the dishes|~stack plates|~set the table|~cook|"
        "~put away dishes|~clear the table}",
    ),
    "keys_jingling": (
        "{rattling keys|dropping coins}",
        "{%key|%bunch of keys|%set of keys|%key ring|%keyring|%key chain|%keychain|%car key|"
        "%house key|%door key|%jingling key|%jangling key|%jingle of keys|%coin|%falling coin|"
        "%handful of coins|%purse with coins|%piece of change|%chain|%rattling chain|%key in a "
        "lock|%key turning in a lock|%jingle bell|%metal jingle|%small bell|%tinkling coin|%coin "
        "drop|%dropped coin|%dropped key|%janitor with keys}",
        "{keys in a pocket|keys in a hand|keys on a table|keys in the door|keys in a lock|the "
        "jingle of a key ring|the jangle of keys|the rattle of keys|the clink of coins|coins in "
        "a pocket|loose change|pocket change|change jingling|a chain rattling|metal clinking|"
        "metal jingling|unlocking a door with keys|someone looking for keys|fumbling with keys|"
        "playing with keys|jingling coins|clinking coins}",
        "{keys|coins|the keys|car keys|house keys|someone's keys|chains|bracelets} {^jingle|"
        "^jangle|^rattle|^clink|^tinkle|^fall|^be dropped|^be shaken|^clank}",
        "{someone|a person|a man|a woman|a guard|a janitor|somebody} {~jingle keys|~rattle keys|"
        "~shake keys|~drop keys|~fumble with keys|~jangle keys|~drop coins|~count coins|~turn a "
        "key|~unlock a door|~take out keys}",
        "{a caretaker} {~jingle keys|~rattle keys|~shake keys|~drop keys|~jangle keys|~drop "
        "coins|~count coins|~turn a key|~take out keys}",
    ),
    "phone_ring": (
        "{the phone|a mobile phone|phones} {rings|is ringing|ring}",
        "{%phone|%telephone|%ringing phone|%ringing telephone|%cell phone|%cellphone|%mobile "
        "phone|%mobile|%smartphone|%desk phone|%office phone|%landline|%landline phone|%old "
        "telephone|%rotary phone|%ringtone|%ring tone|%phone ring|%telephone ring|%telephone "
        "bell|%telephone bell ringing|%phone call|%incoming call|%telephone call|%dial tone|"
        "%busy signal|%dialling tone|%dialing tone|%phone notification|%text message alert|"
        "%message tone|%notification sound|%vibrating phone|%phone vibration|%handset|%payphone|"
        "%touch tone|%video call|%phone alert|%iphone|%pager|%mobile ringtone}",
        "{phone ringing|telephone ringing|the ring of a phone|the ring of a telephone|the "
        "ringing of a phone|the ringing of a telephone|the telephone|the mobile|ring ring|an "
        "unanswered phone|a call coming in|a phone buzzing on a table|a phone dialing|a phone "
        "dialling|dialing a number|dialling a number|a phone left ringing|a phone melody}",
        "{a phone|a telephone|a cell phone|a mobile phone|a mobile|the phone|the telephone|an "
        "office phone|a landline|a cellphone} {~ring|~vibrate|~buzz|~beep|~ping|~chime|~ring on "
        "the desk|~go off|~play a ringtone|~keep ringing|~receive a call}",
        "{a smartphone} {~ring|~vibrate|~buzz|~beep|~ping|~chime|~go off|~play a ringtone|~keep "
        "ringing}",
        "{a phone|a telephone|a mobile phone|a mobile|the phone|the telephone|an office phone|a "
        "landline} {~ring unanswered}",
        "{phones|telephones|mobile phones|cell phones|the phones} {^ring|^vibrate|^buzz|^beep|"
        "^ping|^go off|^keep ringing}",
        "{someone|a person} {~phone someone|~dial a number|~get a phone call|~call on the phone}",
    ),
    "doorbell": (
        "{a chime|the doorbell|a buzzer}",
        "{a doorbell|the doorbell|someone at the door|a visitor} {ringing|rings|is ringing|"
        "chimes|chiming|ringing the bell}",
        "{%doorbell|%door bell|%door chime|%front door bell|%house bell|%entry phone|%entryphone|"
        "%intercom|%intercom buzzer|%door buzzer|%door phone|%video doorbell|%ring at the door|"
        "%bell at the door|%doorbell chime|ding dong|%ringing doorbell|%chiming doorbell|"
        "%visitor's ring|%bell push|%entrance bell|%gate bell|%shop door bell|%reception bell|"
        "%desk bell|%service bell|%hotel bell|%doorbell ring|%gate buzzer|%apartment buzzer|"
        "%flat buzzer}",
        "{ding dong of a doorbell|the door bell|the door chime|the buzzer at the door|the ring "
        "of a doorbell|the chime of a doorbell|the ringing of a doorbell|ringing at the door|a "
        "ring on the doorbell|someone at the front door|a delivery man ringing|a postman ringing|"
        "visitors at the door|a guest at the door|pressing the doorbell|doorbell ringing|"
        "doorbell chiming|doorbell buzzing}",
        "{a doorbell|the doorbell|a door bell|a buzzer|an intercom|a door chime|the door chime|"
        "the intercom} {~ring|~chime|~buzz|~sound|~go ding dong|~be rung|~be pressed|~ding|~ring "
        "twice}",
        "{someone|a visitor|a postman|a courier|a delivery man|a guest|a person|a stranger|"
        "somebody} {~ring the doorbell|~ring the bell|~press the doorbell|~ring at the door|"
        "~press the buzzer|~use the intercom|~push the doorbell|~ring twice}",
        "{a neighbour|a neighbor} {~ring the bell|~ring twice}",
    ),
    "church_bell": (
        "{bell ringing|bells of a church}",
        "{church bells|bells|a bell|a church bell} {ring|rings|are ringing}",
        "{%church bell|%bell|%big bell|%large bell|%tower bell|%bell tower|%steeple bell|"
        "%cathedral bell|%school bell|%town hall bell|%tolling bell|%pealing bell|%ringing bell|"
        "%chiming bell|%peal of bells|%toll of a bell|%bell toll|%bell chime|%chapel bell|"
        "%carillon|%gong|%wedding bell|%funeral bell|%temple bell|%monastery bell|%ship's bell|"
        "%hand bell|%handbell|%cow bell|%cowbell|%sheep bell|%bicycle bell|%bike bell|%clock "
        "tower|%tower clock chime|%wind chime|%bronze bell|%tubular bell|%chime of a bell|"
        "%striking clock tower|%sunday bell|%bell strike}",
        "{bell ringing in a tower|tolling|pealing|the tolling of bells|the pealing of bells|the "
        "ringing of church bells|the chimes of a church|the bells of a cathedral|the bells of a "
        "tower|the toll of a church bell|chimes|campanology|change ringing|a church clock "
        "striking|the church clock|dong|ding dong of church bells|the peal of bells|jingling "
        "bells}",
        "{a bell|a church bell|a tower bell|the bell|the church bell|a gong|a school bell|a big "
        "bell} {~ring|~toll|~chime|~peal|~strike|~clang|~sound|~strike the hour|~be rung|~be "
        "struck|~dong|~call to prayer}",
        "{a cathedral bell} {~ring|~toll|~chime|~peal|~strike|~clang|~sound|~be rung|~be struck|"
        "~dong}",
        "{bells|church bells|the bells|tower bells|wedding bells|cathedral bells} {^ring|^toll|"
        "^chime|^peal|^clang|^sound|^strike|^be rung}",
    ),
    "whistle": (
        "{someone's whistling}",
        "{a person|someone|somebody|a man|a policeman|a whistle} {whistling|whistles|is "
        "whistling|blowing a whistle|blowing}",
        "{%whistle|%whistling person|%whistling man|%whistling boy|%referee's whistle|%referee "
        "whistle|%police whistle|%tin whistle|%wolf whistle|%dog whistle|%whistle blow|%whistle "
        "blast|%shrill whistle|%sports whistle|%coach's whistle|%guard's whistle|%pea whistle|"
        "%whistled tune|%whistled melody|%whistled signal|%whistle signal|%whistling kettle|%toy "
        "whistle|%finger whistle|%human whistle|%low whistle|%whistle of a person|%referee}",
        "{whistling|whistling a tune|whistling a song|whistling loudly|whistle blowing|blowing a "
        "whistle|the blow of a whistle|the blast of a whistle|a referee blowing|a trainer "
        "blowing a whistle|a catcall|catcalls|a whistle being blown|whistles of fans|a signal by "
        "whistle|toots of a whistle}",
        "{a person|someone|somebody|a man|a boy|a policeman|a guard|a worker|a passerby|a coach|"
        "a child|a police officer} {~whistle|~whistle a tune|~blow a whistle|~whistle a melody|"
        "~whistle for a dog|~whistle at someone|~whistle loudly|~give a whistle|~whistle a song}",
        "{a referee} {~whistle|~whistle a tune|~blow a whistle|~whistle a melody|~whistle at "
        "someone|~whistle loudly|~give a whistle|~whistle a song}",
        "{people|men|boys|fans|workers|whistles} {^whistle|^blow whistles|^whistle a tune|^blow|"
        "^whistle loudly}",
    ),
    "door_slam": (
        "{a door|doors}",
        "{the door|a gate|doors} {slams|is slammed|closes|shuts|slam}",
        "{%door slam|%slamming door|%slammed door|%closing door|%shutting door|%opening door|"
        "%banging door|%creaking door|%squeaking door|%squeaky door|%car door|%car door slam|"
        "%front door|%back door|%garage door|%metal door|%wooden door|%heavy door|%iron gate|"
        "%gate|%sliding door|%cupboard door|%cabinet door|%fridge door|%elevator door|%lift door|"
        "%door hinge|%door latch|%door handle|%door lock|%door closing|%door opening|%thud|"
        "%thump|%slam|%creak of a door|%bang of a door|%slam of a door|%hatch|%lid|%trapdoor|"
        "%shutter|%roller shutter|%revolving door|%swing door|%drawer|%boot lid|%trunk lid|"
        "%heavy thud|%dull thud}",
        "{a door banging in the wind|a door thrown shut|a door pulled shut|a door opened and "
        "closed|somebody leaving|entering through a door|the bang of a door|the slam of a car "
        "door|the thud of a door|the click of a lock|the creak of a hinge|creaking hinges|"
        "creaking floor|door creaking|door shutting|door closing shut|the closing of a door|the "
        "opening of a door|a gate clanging|a metal gate|locking a door|unlocking|closing a "
        "drawer}",
        "{a door|the door|a gate|a car door|the front door|a garage door|the gate|a shutter|a "
        "cupboard door|a lid|a heavy door|a metal door} {~slam|~close|~shut|~open|~bang|~creak|"
        "~slam shut|~fall shut|~swing shut|~squeak|~be slammed|~be closed|~be opened|~be shut|"
        "~thud|~click shut|~be kicked in|~be forced open|~be locked}",
        "{doors|gates|car doors|shutters|drawers|the doors} {^slam|^close|^shut|^open|^bang|"
        "^creak|^squeak|^be slammed|^be opened|^be closed}",
        "{someone|a person|somebody|a man|a woman|a burglar|an intruder|a visitor} {~slam a door|"
        "~slam the door|~close a door|~close the door|~open a door|~open the door|~shut the door|"
        "~bang the door|~kick in a door|~force a door|~shut a gate|~open a gate|~lock the door}",
    ),
    "knocking": (
        "{knocking|a knock on the door|knocking on a door|tapping|someone at the door knocking}",
        "{%knock|%door knock|%knock at the door|%loud knock|%soft knock|%rap on the door|%tap on "
        "the door|%knock on a window|%tap on a window|%tap on the glass|%rap at the window|"
        "%knocking person|%pounding on a door|%thump on a door|%knock on wood|rapping|%repeated "
        "knock|%firm knock|%police knock}",
        "{knocking at the door|knocking on wood|knocking on a window|knock knock|rapping on a "
        "door|tapping on a door|tapping on glass|tapping on a table|pounding|pounding on the "
        "door|banging on a door|banging on the door|hammering at the door|fists on a door|"
        "someone pounding at the door|knuckles on a door|a visitor at the door knocking|somebody "
        "wanting in|police at the door knocking|the knock of a visitor|knocks at the gate|"
        "beating on a door|thumping on the wall|knocking on the wall}",
        "{someone|a person|somebody|a man|a woman|a visitor|a stranger|a policeman|a burglar} {"
        "~knock|~knock on the door|~knock at the door|~knock on a window|~tap on the window|~rap "
        "on the door|~bang on the door|~pound on the door|~knock on wood|~thump on the wall|"
        "~knock loudly|~hammer on the door|~tap on the table}",
        "{a neighbour|a neighbor|a postman} {~knock|~knock on wood|~knock loudly}",
        "{people|visitors|neighbours|neighbors|police|strangers} {^knock|^knock on the door|"
        "^bang on the door|^tap on the window}",
        "{people|visitors|police|strangers} {^pound on the door}",
    ),
    "typing": (
        "{keyboard typing|typing on a keyboard|clicking keys|a mouse clicking}",
        "{someone|a person|somebody|an employee} {working at a computer}",
        "{%keyboard|%computer keyboard|%mechanical keyboard|%laptop keyboard|%typewriter|"
        "%keyboard click|%keystroke|%key press|%mouse click|%computer mouse|%typist|%typing "
        "person|%typing secretary|%office worker typing|%laptop|%computer|%click of a mouse|"
        "%clicking keyboard|%clacking keyboard|%numeric keypad|%keypad|%calculator|%teleprinter|"
        "%terminal|%button press|%click}",
        "{typing|typing on a computer|typing on a laptop|typing fast|typing a letter|typing an "
        "email|computer typing|keyboard clicking|keyboard clacking|keyboard noise|keys of a "
        "keyboard|the clatter of a keyboard|the clacking of a typewriter|the clicking of a mouse|"
        "clicking|pressing keys|pressing buttons|keyboard strokes|office work at a computer|"
        "computer work|data entry|writing on a computer}",
        "{someone|a person|somebody|a man|a woman|an employee|an office worker|a writer|a "
        "student} {~type|~type on a keyboard|~type a letter|~type fast|~use a keyboard|~use a "
        "computer|~click a mouse|~work on a laptop|~write on a computer|~press keys|~enter a "
        "code}",
        "{a secretary|a clerk|a programmer} {~type|~type fast|~use a keyboard|~use a computer|"
        "~click a mouse|~press keys|~enter a code}",
        "{someone|a person|somebody|a man|a woman|an employee|a writer} {~type on a laptop}",
        "{people|employees|office workers|fingers|students} {^type|^type on keyboards|^use "
        "computers|^click|^press keys|^tap on keyboards}",
        "{secretaries} {^type|^use computers|^click|^press keys|^tap on keyboards}",
    ),
    "clock_tick": (
        "{the tick of a clock|clock ticking|the ticking of a clock}",
        "{a clock|the clock|clocks|a watch|a wall clock|an old clock|something} {ticking|ticks|"
        "is ticking|tick|ticking on the wall|ticked|are ticking}",
        "{%clock|%ticking clock|%wall clock|%grandfather clock|%pendulum clock|%pendulum|%old "
        "clock|%kitchen clock|%cuckoo clock|%mantel clock|%wrist watch|%wristwatch|%pocket watch|"
        "%ticking watch|%stopwatch|%metronome|%clock tick|%tick|tick tock|%tick of a clock|%tick "
        "of a watch|%tock|%second hand|clockwork|%time piece|%timepiece|%chronometer|%ticking "
        "timer|%big clock|%antique clock|%clock on the wall|%watch|%clock mechanism|%table clock|"
        "%ticking metronome|%timer ticking|%ticking bomb}",
        "{ticking|tick tick|tick tack|ticking away|the ticking of a watch|the tick tock of a "
        "clock|the tick of the second hand|the beat of a metronome|the swing of a pendulum|"
        "seconds passing|time passing|time ticking away|a regular ticking|a steady ticking|a "
        "slow ticking|a quiet ticking clock|clockwork ticking|mechanical ticking|a regular tick|"
        "steady ticks|the clock on the wall ticking}",
        "{a clock|the clock|a watch|a wall clock|a grandfather clock|an old clock|a pocket watch|"
        "a pendulum clock|a stopwatch|a metronome|a timer|the wall clock} {~tick|~tick away|"
        "~tick tock|~tick loudly|~tick softly|~go tick tock|~run|~click}",
        "{a clock|the clock|a watch|a wall clock|an old clock|a stopwatch|a timer|the wall "
        "clock} {~tick steadily|~count the seconds|~tick on the wall}",
        "{clocks|watches|the clocks|seconds|old clocks|wall clocks} {^tick|^tick away|^tick "
        "loudly|^tick in a room|^tick together}",
    ),
    "hum": (
        "{machine noise|ventilation|mains hum|a buzz|a droning sound|machinery}",
        "{a machine|a fan|an air conditioner|a refrigerator|machines} {hums|is humming|hum}",
        "{%hum|%fan|%ventilator|%air conditioner|%air conditioning unit|%aircon|%ac unit|"
        "%ventilation system|%fridge|%refrigerator|%freezer|%transformer|%electric motor|"
        "%generator|%compressor|%pump|%server|%server room|%data centre|%data center|%computer "
        "fan|%humming machine|%droning machine|%factory|%machine|%machine room|%engine room|"
        "%plant room|%boiler room|heating|%heater|%boiler|%furnace fan|%extractor fan|%exhaust "
        "fan|%cooler|%cooling fan|%cooling system|%power station|%power line|%electrical hum|"
        "%electric hum|%electric buzz|%low hum|%deep hum|%constant hum|%mains buzz|%neon light|"
        "%fluorescent lamp|%light ballast|%vending machine|%conveyor belt|%conveyor|%drone of a "
        "machine|%drone of a fan|%whirr of a fan|%production line|%industrial machine|%air "
        "handler|%lift motor|%elevator motor}",
        "{humming|buzzing|droning|whirring|air conditioning|ventilation noise|fan noise|machine "
        "hum|machinery running|machinery humming|industrial noise|factory noise|electrical "
        "buzzing|electric buzzing|mains humming|low frequency noise|a low rumble|a constant "
        "drone|a steady hum|a throbbing machine|throbbing|the hum of a fridge|the hum of a "
        "machine|the hum of machines|the hum of a computer|the hum of electricity|the whirr of a "
        "machine|the buzz of a transformer|the drone of machinery|a running machine|a running "
        "fan|a running pump|an idling machine|appliances humming|a mechanical fan|a mechanical "
        "noise|mechanisms|gears}",
        "{a machine|a fan|a fridge|a refrigerator|an air conditioner|a generator|a transformer|a "
        "compressor|a pump|a computer|a heater|a boiler|a server|the ventilation} {~hum|~buzz|"
        "~drone|~whirr|~run|~be running|~be on|~start up|~throb|~rumble|~vibrate|~blow air}",
        "{machines|fans|servers|computers|generators|pumps|transformers|refrigerators} {^hum|"
        "^buzz|^drone|^whirr|^run|^vibrate|^be on}",
    ),
    "silence": (
        "{silence|quiet|nothing|background noise|ambient noise|stillness|almost silence|no sound|"
        "static}",
        "{it is quiet|nothing can be heard|faint noise|faint background noise|soft noise|it is "
        "silent|no sounds}",
        "{%quiet room|%silent room|%empty room|%empty building|%quiet place|%quiet street|"
        "%silent street|%quiet night|%silent night|%calm night|%peaceful place|%silent house|"
        "%quiet house|%quiet office|%calm evening|%quiet evening|%quiet scene|%sleeping house|"
        "%moment of silence|%hush|%still room|%quiet background|%calm scene|%closed office|"
        "%silent recording|%noise floor|%room tone|%quiet area|%quiet afternoon|%deserted street|"
        "%empty hall|%empty corridor|%empty street}",
        "{silent|quietness|total silence|complete silence|dead silence|deep silence|utter "
        "silence|near silence|calm|calmness|peace and quiet|peace|muteness|no noise|no noises|"
        "not a sound|not a single sound|no audible sound|nothing audible|nothing to hear|nothing "
        "heard|nothing happening|nothing going on|nobody there|nobody around|no one is here|no "
        "activity|no voices|no talking|absence of sound|stillness of the night|the quiet of the "
        "night|quiet ambience|ambient silence|soft background noise|faint hiss|tape hiss|white "
        "noise|hiss|hissing|microphone noise|microphone hiss|static noise|a faint rustle|low "
        "background noise|everything is quiet|all is quiet|all quiet|it is calm|it is still|it "
        "is very quiet|it is totally silent|it became quiet|it fell silent|the room is silent|"
        "the room is quiet|the house is silent|the street is quiet|the building is quiet|there's "
        "nothing|no sound at all|a normal quiet night|an ordinary quiet room|muted audio|a muted "
        "microphone|a dead microphone}",
    ),
    "music": (
        "{music|instrumental music|singing|street music|background music}",
        "{music|a song|a melody|a radio|a band|a musician} {in the background}",
        "{%song|%melody|%tune|%instrument|%musical instrument|%guitar|%electric guitar|%acoustic "
        "guitar|%piano|%violin|%fiddle|%drum|%drum kit|%drummer|%bass|%flute|%trumpet|%saxophone|"
        "%clarinet|%organ|%accordion|%harmonica|%cello|%harp|%keyboard player|%orchestra|%band|"
        "%rock band|%choir|%singer|%pianist|%guitarist|%musician|%street musician|%busker|"
        "%concert|%disco|%nightclub|club music|%radio|%stereo|%loudspeaker|%hi fi|%record player|"
        "%jukebox|%music box|%pop song|%rock song|%folk song|%theme tune|%soundtrack|%anthem|"
        "%beat|%bass line|%rhythm|%chord|%symphony|%opera singer|%rapper|%dance track|%lullaby|"
        "%hymn|%carol|%ballad|%recital|%jam session|%tv show|%television|%car radio|%brass band|"
        "%synthesizer}",
        "{pop music|rock music|dance music|classical music|jazz|jazz music|techno|hip hop|rap|"
        "rap music|heavy metal|folk music|country music|electronic music|house music|reggae|"
        "blues|disco music|film music|ambient music|elevator music|lift music|choral music|live "
        "music|loud music|soft music|quiet music|party music|music from a car|music from a radio|"
        "music from a speaker|music in a shop|the radio|the stereo|the tv|a television playing|"
        "singing a song|drumming|the beat of drums|bass music|thumping bass|pounding bass|"
        "musical sounds|musical notes|a busker in the street|a musical performance|strumming|"
        "karaoke}",
        "{music|a song|a radio|a band|a piano|a guitar|a violin|an orchestra|a musician|a melody|"
        "a tune|a stereo|a pianist|a flute|a street musician|a drummer|a trumpet} {~play|~sound|"
        "~be played|~be playing loudly|~play a song|~play a tune|~play music|~perform|~start|"
        "~play softly}",
        "{someone|a person|somebody|a man|a woman|a girl|a singer|a choir|a child} {~sing|~sing "
        "a song|~play an instrument|~play the piano|~play the guitar|~play music|~hum a tune|"
        "~play drums|~play the violin|~listen to music|~drum}",
        "{people|children|musicians|singers|drums|guitars|speakers|radios|instruments} {^sing|"
        "^play|^play music|^perform|^sing a song|^beat|^play together}",
    ),
    "hammering": (
        "{a hammering noise}",
        "{someone|a worker|a person|somebody} {hitting a nail|working with a hammer}",
        "{%hammer|%hammer blow|%hammer strike|%sledgehammer|%sledge hammer|%mallet|%hammering "
        "man|%hammering worker|%carpenter|%roofer|%blacksmith|%nail|%nail gun|%hammer on wood|"
        "%hammer on a nail|%hammer on metal|%blow of a hammer|%stroke of a hammer|%tap of a "
        "hammer|%anvil|%chisel|%pile driver|%hammered nail|%axe|%wood chopper|%carpenter's "
        "hammer|%blow on metal|%clang of a hammer|%crowbar}",
        "{hammering|hammering a nail|hammering nails|hammering on metal|hammering on wood|"
        "hammering on a wall|driving a nail|driving nails|nails being hammered|pounding nails|"
        "pounding metal|a nail being driven in|knocking in a nail|the blows of a hammer|the "
        "pounding of a hammer|the hammering of a carpenter|chiselling|chiseling|metal being "
        "struck|metal being hammered|chopping wood|wood chopping|splitting wood|a roofer at work|"
        "a carpenter at work|beating metal|metal clanging|clanging metal|building work with "
        "hammers}",
        "{someone|a worker|a man|a carpenter|a builder|a roofer|a person|a handyman|a blacksmith|"
        "a workman|somebody} {~hammer|~hammer a nail|~hammer nails|~hammer on metal|~hammer on "
        "wood|~pound a nail|~drive a nail|~use a hammer|~swing a hammer|~beat metal|~chop wood|"
        "~hit metal|~strike metal}",
        "{a neighbour|a neighbor} {~hammer|~drive a nail|~use a hammer|~beat metal|~chop wood|"
        "~hit metal|~strike metal}",
        "{workers|builders|carpenters|hammers|men|roofers|workmen} {^hammer|^hammer nails|^pound|"
        "^hammer on metal|^strike|^beat|^use hammers|^chop wood}",
    ),
}
